import canonicalize from 'canonicalize'
import { nameOf, type Remembered, remember } from '#lib/identity'
import { permits } from '#lib/identity/schema'
import type { Caller, Granted, Tenant } from '#lib/proof'
import { orgHmac } from '#lib/vault'

/** A call that people are asked about. */
export type AskedCall = {
  tool: { name: string; effect: string }
  /** Parsed: what would be sent. */
  params: unknown
  /** As the caller gave them, to be parsed again when the call is made. */
  given: unknown
  authorizationDetails?: unknown
  context: unknown
}

/** What is sealed of a call until it is made. */
export type SealedCall = Omit<AskedCall, 'tool'>

export const callBinding = (approvalId: string) => ({ purpose: 'approval_call', parts: [approvalId] })
export const outputBinding = (approvalId: string) => ({ purpose: 'approval_output', parts: [approvalId] })

/**
 * Which call this is, to the last digit: canonical JSON of everything that makes a difference, under the org's own
 * HMAC key. An approval is good for the call with this very value (THREATS.md B5).
 * @see RFC 8785
 */
export const callHmac = (
  tenant: Tenant,
  requester: Remembered,
  granted: Pick<Granted, 'accountId' | 'userId'>,
  call: Pick<AskedCall, 'tool' | 'params' | 'authorizationDetails'>,
): Promise<string> =>
  orgHmac(
    tenant,
    'approved_call',
    canonicalize({
      tool: call.tool.name,
      account: granted.accountId,
      user: granted.userId,
      requester: nameOf(requester),
      params: call.params ?? null,
      authorization_details: call.authorizationDetails ?? null,
    }) ?? '',
  )

/** Who asked, as the audit names them. */
export function requesterOf({ requester }: { requester: unknown }): { type: string; id: string } {
  const { type, id } = requester as Remembered
  return { type, id }
}

/** Whether a caller is the one who asked: the same key, or the same agent for the same user. */
export function isRequester(caller: Caller, { requester }: { requester: unknown }): boolean {
  if (caller.kind !== 'key' && caller.kind !== 'agent') return false
  return canonicalize(nameOf(remember(caller))) === canonicalize(nameOf(requester as Remembered))
}

const hasRole = (caller: Caller, role: string): boolean =>
  caller.kind === 'key' && (caller.roles.length === 0 || caller.roles.includes(role))

/** Who may see what waits, and decide on it: a key with the role, or a member of the console with such a one. */
export const mayApprove = (caller: Caller): boolean =>
  caller.kind === 'admin' ? permits(caller.role, 'approvals.decide') : hasRole(caller, 'approve')

/** Who may see that a call waits, and what came of it. */
export const mayRead = (caller: Caller): boolean =>
  caller.kind === 'admin' ? permits(caller.role, 'approvals.read') : hasRole(caller, 'read')

/** Members who decide nothing, and may still see what calls carry. */
export const maySeeCall = (caller: Caller): boolean =>
  caller.kind === 'admin' && permits(caller.role, 'approvals.read') && permits(caller.role, 'payloads.read')
