import { config } from '#lib/config'
import { noteChangedTools } from '#lib/connect'
import { insufficientScope } from '#lib/identity'
import type { Caller, Tenant } from '#lib/proof'
import { ToolChanged } from '#lib/scopes'
import { scopeFor } from './within-agents.ts'

/**
 * A tool that is another now than it was when the person agreed to it is told with the challenge by which a client asks
 * them again (RFC 6750 §3.1): as where they were never asked. Admins are told once.
 */
export const askAgain =
  (tenant: Tenant, caller: Caller) =>
  async (thrown: unknown): Promise<never> => {
    if (!(thrown instanceof ToolChanged) || caller.kind !== 'agent') throw thrown
    if (caller.grantId) await noteChangedTools(tenant, caller.grantId, [thrown.tool])
    // A client asks for what stands there, and would lose the rest.
    const scopes = [...new Set([...(caller.permissions ?? []), scopeFor(thrown.tool)])].join(' ')
    const resource = caller.resource ?? `${config().publicUrl}/api/v1`
    throw insufficientScope(resource, scopes, thrown.facts.detail)
  }
