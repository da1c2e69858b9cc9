import { errors } from 'oidc-provider'
import { AppError } from '#lib/errors'
import { actorsOfToken, liveToken, readUserAssertion } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { findResource } from '../resources.ts'
import { words } from '../scopes.ts'
import type { Subject } from './chain.ts'

export const tokenTypes = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
} as const

export type Proven = {
  tenant: Tenant
  subject: Subject
  /** `jti` of the token of ours that it is; `null` for an assertion, which is used up. */
  jti: string | null
  /** `gr_…` of the consent that it stands on. */
  grantId: string | null
  /** Thumbprint of the key that it is bound to: it is exchanged by whoever holds that key. */
  boundTo: { jkt?: string | undefined; x5t?: string | undefined }
  /** What is used up by the exchange. */
  once: { parts: readonly string[]; expiresAt: number } | null
}

// Every reason is one and the same for whoever made a token up.
const unacceptable = (cause?: unknown) => {
  const error = new errors.InvalidRequest('the subject_token is not acceptable')
  return cause instanceof AppError ? Object.assign(error, { error_detail: cause.internal }) : error
}

/**
 * Whose authority is handed in: a user's, by the word of the host product, or what one of our own access tokens stands
 * for. Nothing else is a subject: an assertion that signs people in at the portal is none, as it has been in a browser.
 * @throws OAuth error `invalid_request` (RFC 8693 §2.2.2); AppError `unavailable`
 */
export async function proveSubject(token: string, type: string): Promise<Proven> {
  if (type === tokenTypes.jwt) return ofAssertion(token)
  if (type === tokenTypes.accessToken) return ofToken(token)
  throw new errors.InvalidRequest('subject_token_type must be that of an access token or of a JWT')
}

async function ofAssertion(token: string): Promise<Proven> {
  const read = await readUserAssertion(token).catch((error: unknown) => {
    throw error instanceof AppError && error.code === 'unauthenticated' ? unacceptable(error) : error
  })
  const { tenant, user, scopes, authorizationDetails, mayAct, once } = read
  return {
    tenant,
    subject: {
      ...{ sub: user, actors: [], scopes, authorizationDetails, mayAct },
      // Of the assertion itself: what comes of it lasts as long as any token.
      ...{ resource: null, expiresAt: null },
    },
    jti: null,
    grantId: null,
    boundTo: {},
    once,
  }
}

async function ofToken(token: string): Promise<Proven> {
  const live = await liveToken(token)
  // It may be for any of our resources, and for none of anybody else's.
  if (!live || !(await findResource(live.claims.aud))) throw unacceptable()
  const { claims, tenant } = live
  return {
    tenant,
    subject: {
      sub: claims.sub,
      actors: actorsOfToken(claims),
      scopes: words(claims.scope),
      resource: claims.aud,
      authorizationDetails: claims.authorization_details ?? null,
      expiresAt: claims.exp,
      mayAct: claims.may_act ? (claims.may_act.sub ?? claims.may_act.client_id ?? '') : null,
    },
    jti: claims.jti,
    grantId: claims.grant_id ?? null,
    boundTo: { jkt: claims.cnf?.jkt, x5t: claims.cnf?.['x5t#S256'] },
    once: null,
  }
}
