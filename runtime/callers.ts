// Who asks, for a route; and what is noted of those who cannot say.
import { answer } from '#lib/authorization-server'
import { config } from '#lib/config'
import { AppError } from '#lib/errors'
import { clientAddress, clientCertificate, isTrustedPeer } from '#lib/http'
import {
  type ApiKeyRole,
  authenticateAccessToken,
  authenticateKey,
  authenticateScim,
  missingToken,
  presentsToken,
  type ScimCaller,
} from '#lib/identity'
import { networkOf } from '#lib/limits'
import type { Caller } from '#lib/proof'
import { noteRefusal, noteRootKey } from './refusals.ts'

/**
 * Authenticates a secret key for a route. A refused credential, and any use of the root key, goes into the
 * deployment's own chain: neither belongs to an org.
 */
export const key =
  (...roles: ApiKeyRole[]) =>
  async (headers: Headers): Promise<Caller> => {
    try {
      const caller = await authenticateKey(headers, roles)
      if (caller.kind === 'key' && caller.root) await noteRootKey(headers)
      return caller
    } catch (error) {
      if (error instanceof AppError && error.code === 'unauthenticated') await noteRefusal(headers)
      throw error
    }
  }

/** Authenticates an identity provider for SCIM; what is refused goes into the deployment's own chain. */
export async function scimCaller(headers: Headers): Promise<ScimCaller> {
  try {
    return await authenticateScim(headers)
  } catch (error) {
    if (error instanceof AppError && error.code === 'unauthenticated') await noteRefusal(headers)
    throw error
  }
}

/**
 * Authenticates an agent by its access token, or else a secret key, for one of the routes of the REST API that are open to
 * both. What an agent may do there beyond that is for the route to say: it sees what is its own.
 * @param role what a key needs
 * @param scopes one of which a token needs; what it lacks is told by the first
 */
export const agentOrKey =
  (role: ApiKeyRole, ...scopes: readonly [string, ...string[]]) =>
  async (headers: Headers, request: Request): Promise<Caller> => {
    const resource = `${config().publicUrl}/api/v1`
    try {
      if (!headers.has('authorization')) throw missingToken(resource, scopes[0])
      if (!presentsToken(headers)) return await key(role)(headers)
      const { method, url } = request
      const certificate = clientCertificate(headers)
      return await authenticateAccessToken({ headers, method, url, resource, scopes, certificate })
    } catch (error) {
      // A secret key's refusal has been noted.
      if (error instanceof AppError && error.code === 'unauthenticated' && presentsTokenOrNone(headers))
        await noteRefusal(headers)
      throw error
    }
  }

const presentsTokenOrNone = (headers: Headers) => !headers.has('authorization') || presentsToken(headers)

/**
 * Answers what is asked of the authorization server. A client certificate counts where a proxy of ours says that it
 * verified it (RFC 9440).
 */
export async function answerOauth(request: Request): Promise<Response> {
  const { headers } = request
  const shown = isTrustedPeer(headers.get('x-behalf-peer')) ? headers.get('client-cert') : null
  const response = await answer(request, {
    from: networkOf(clientAddress(headers)),
    certificate: /^:([A-Za-z0-9+/=]+):$/.exec(shown ?? '')?.[1] ?? null,
  })
  if (response.status === 401) await noteRefusal(headers)
  return response
}
