import { toAppError } from '#lib/errors'
import { getAgent } from '#lib/identity'
import { parseId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { deploymentTenant } from '#lib/tenancy'

/** The names of the agents that consents were given to: the org's own, and the deployment's for its operators. */
export async function namesOf(
  caller: Caller,
  tenant: Tenant,
  ids: readonly string[],
): Promise<Record<string, string>> {
  const homes = caller.reach === null ? [tenant, deploymentTenant(caller)] : [tenant]
  const named = await Promise.all([...new Set(ids)].map(async (id) => [id, await nameIn(homes, id)] as const))
  return Object.fromEntries(named.flatMap(([id, name]) => (name === null ? [] : [[id, name]])))
}

async function nameIn(homes: readonly Tenant[], id: string): Promise<string | null> {
  const uuid = parseId('agent', id)
  if (uuid === null) return null
  for (const home of homes) {
    try {
      return (await getAgent(home, uuid)).name
    } catch (thrown) {
      if (toAppError(thrown).code !== 'not_found') throw thrown
    }
  }
  return null
}
