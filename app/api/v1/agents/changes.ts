// What changes an agent, whoever asks for it: the API and the console. The change, its line in the audit and its event
// happen together or not at all.
import type { z } from 'zod'
import type { Origin } from '#lib/audit'
import { forOrg } from '#lib/db'
import { emit } from '#lib/events'
import {
  actorOf,
  assertMayEmpower,
  changeAgentIn,
  createAgentIn,
  createCredentialIn,
  revokeCredentialIn,
  rotateSecretIn,
  setAgentDisabledIn,
} from '#lib/identity'
import type { agentCredentialInput, agentInput, agentPatch, rotateInput } from '#lib/identity/schema'
import { publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { audited, reachable } from '#runtime'

export type By = { tenant: Tenant; caller: Caller; origin: Origin }

export const createAgent = (
  { tenant, caller, origin }: By,
  input: Omit<z.infer<typeof agentInput>, 'org_id'>,
) =>
  forOrg(tenant, async (tx) => {
    const created = await createAgentIn(tx, tenant, input, reachable)
    await audited(tx, tenant, caller, origin, 'agent.created', { agent_id: created.id })
    await emit(tx, tenant, 'agent.created', { agent_id: created.id, name: created.name, by: actorOf(caller) })
    return created
  })

export const changeAgent = ({ tenant, caller, origin }: By, id: string, input: z.infer<typeof agentPatch>) =>
  forOrg(tenant, async (tx) => {
    const changed = await changeAgentIn(tx, tenant, id, input, reachable)
    const fields = Object.keys(input).sort()
    await audited(tx, tenant, caller, origin, 'agent.changed', { agent_id: changed.id }, fields)
    await emit(tx, tenant, 'agent.changed', { agent_id: changed.id, fields, by: actorOf(caller) })
    return changed
  })

/** Stops an agent, or lets it go on. What is so already is left, and said nowhere. */
export const setAgentDisabled = ({ tenant, caller, origin }: By, id: string, disabled: boolean) =>
  forOrg(tenant, async (tx) => {
    const { agent, changed } = await setAgentDisabledIn(tx, tenant, id, disabled)
    if (!changed) return agent
    const type = disabled ? 'agent.disabled' : 'agent.enabled'
    await audited(tx, tenant, caller, origin, type, { agent_id: agent.id })
    await emit(tx, tenant, type, { agent_id: agent.id, by: actorOf(caller) })
    return agent
  })

export function createCredential(
  { tenant, caller, origin }: By,
  agentId: string,
  input: z.infer<typeof agentCredentialInput>,
) {
  assertMayEmpower(caller)
  return forOrg(tenant, async (tx) => {
    const by = actorOf(caller)
    const created = await createCredentialIn(tx, tenant, agentId, input, by)
    const about = {
      agent_id: created.agent_id,
      agent_credential_id: created.id,
      kind: created.kind,
      ...(created.issuer !== null && { issuer: created.issuer }),
      ...(created.subject !== null && { subject: created.subject }),
    }
    await audited(tx, tenant, caller, origin, 'agent_credential.created', about)
    await emit(tx, tenant, 'agent_credential.created', { ...about, by })
    return created
  })
}

export const revokeCredential = ({ tenant, caller, origin }: By, agentId: string, id: string) =>
  forOrg(tenant, async (tx) => {
    if (!(await revokeCredentialIn(tx, tenant, agentId, id))) return
    const about = {
      agent_id: publicId('agent', agentId),
      agent_credential_id: publicId('agent_credential', id),
    }
    await audited(tx, tenant, caller, origin, 'agent_credential.revoked', about)
    await emit(tx, tenant, 'agent_credential.revoked', { ...about, by: actorOf(caller) })
  })

export function rotateCredential(
  { tenant, caller, origin }: By,
  agentId: string,
  id: string,
  input: z.infer<typeof rotateInput>,
) {
  assertMayEmpower(caller)
  return forOrg(tenant, async (tx) => {
    const by = actorOf(caller)
    const made = await rotateSecretIn(tx, tenant, agentId, id, input, by)
    const about = {
      agent_id: made.agent_id,
      agent_credential_id: made.id,
      previous: publicId('agent_credential', id),
      overlap_seconds: input.overlap_seconds,
    }
    await audited(tx, tenant, caller, origin, 'agent_credential.rotated', about)
    await emit(tx, tenant, 'agent_credential.rotated', { ...about, by })
    return made
  })
}
