import canonicalize from 'canonicalize'
import { AppError } from '#lib/errors'
import type { Caller, Tenant } from '#lib/proof'
import { orgHmac } from '#lib/vault'

/** One request under a key of its caller's (API.md "Lists, idempotency, errors"). */
export type Claim = {
  caller: string
  /** What the key is used on: the same key on another route, or for another org, is another key. */
  route: string
  key: string
  /** A keyed hash of the canonical request, in hexadecimal. */
  fingerprint: string
}

const shape = /^[\x20-\x7e]{1,255}$/

/**
 * The key that a request carries.
 * @throws AppError `invalid_request` for one that is not 1 to 255 printable ASCII characters
 */
export function readKey(headers: Headers): string | null {
  const key = headers.get('idempotency-key')
  if (key === null || shape.test(key)) return key
  throw new AppError('invalid_request', {
    detail: 'Idempotency-Key takes 1 to 255 printable ASCII characters.',
    param: 'Idempotency-Key',
    errors: [{ path: 'Idempotency-Key', message: 'takes 1 to 255 printable ASCII characters' }],
  })
}

/** Whose keys these are: another caller's key of the same name is another key. */
function scopeOf(caller: Caller): string {
  switch (caller.kind) {
    case 'key':
      return `key:${caller.keyId ?? 'root'}`
    case 'agent':
      return [
        `agent:${caller.agentOrgId}/${caller.agentId}/${caller.userId ?? ''}`,
        ...(caller.via ?? []).map(({ agentId }) => agentId),
      ].join('/')
    case 'end_user':
      return `session:${caller.sessionId}`
    case 'sso':
      return `sso:${caller.keyId}/${caller.userId}`
    case 'scim':
      return `scim:${caller.tokenId}`
    case 'admin':
      return `member:${caller.memberId}`
    case 'system':
      return `system:${caller.name}`
  }
}

/**
 * Deep and canonical (RFC 8785): two requests that differ anywhere, in nested values only too, differ here; keyed, so
 * that the row says nothing about what was asked.
 */
const fingerprintOf = (tenant: Tenant, request: unknown): Promise<string> =>
  orgHmac(tenant, 'idempotency', canonicalize(request) ?? '')

/** @param request validated, defaults filled in */
export const claim = async (
  tenant: Tenant,
  caller: Caller,
  route: string,
  key: string,
  request: unknown,
): Promise<Claim> => ({
  caller: scopeOf(caller),
  route,
  key,
  fingerprint: await fingerprintOf(tenant, request),
})
