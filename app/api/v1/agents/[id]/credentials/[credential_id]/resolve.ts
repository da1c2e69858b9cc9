import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { resolveObject } from '#lib/tenancy'

/** The agent and the credential of a path, by internal ids; that they belong together is for the read to find. */
export async function credentialOf(
  caller: Caller,
  params: { id: string; credential_id: string },
): Promise<{ tenant: Tenant; agentId: string; id: string }> {
  const { tenant, id: agentId } = await resolveObject(caller, 'agent', params.id)
  const id = parseId('agent_credential', params.credential_id)
  if (id === null) throw new AppError('not_found')
  return { tenant, agentId, id }
}
