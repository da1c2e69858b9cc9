import { AppError } from '#lib/errors'
import { algorithms } from '../algorithms.ts'

/** How a token is presented: as it is (RFC 6750), or with a proof of whose it is (RFC 9449). */
export type Scheme = 'Bearer' | 'DPoP'

/** Those of proofs (RFC 9449 §5): said of us wherever a client looks, and taken at every place that takes one. */
export const proofAlgorithms: readonly string[] = algorithms

/** Where a client learns who issues tokens for a resource (RFC 9728 §3.1). */
function metadataOf(resource: string): string {
  const { origin, pathname } = new URL(resource)
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
}

type Facts = { scheme?: Scheme; error?: string; description?: string; scope?: string }

/** The `WWW-Authenticate` of RFC 6750 §3 with the parameters of RFC 9449 §7.1 and RFC 9728 §5.1. */
function header(resource: string, { scheme = 'Bearer', error, description, scope }: Facts): string {
  const said = {
    realm: 'behalf',
    error,
    error_description: description,
    scope,
    ...(scheme === 'DPoP' && { algs: proofAlgorithms.join(' ') }),
    resource_metadata: metadataOf(resource),
  }
  const params = Object.entries(said).filter(([, value]) => value !== undefined)
  return `${scheme} ${params.map(([name, value]) => `${name}="${value}"`).join(', ')}`
}

/**
 * Nothing was presented: says where a token is to be had, and for which scope.
 * @param scope the least that the request needs
 */
export const missingToken = (resource: string, scope?: string): AppError =>
  new AppError(
    'unauthenticated',
    { detail: 'Send a secret key or an access token as Authorization: Bearer ….' },
    {
      internal: 'no token',
      headers: { 'www-authenticate': header(resource, { ...(scope !== undefined && { scope }) }) },
    },
  )

/** @param internal why, for the log: whoever made a token up is not told what gave it away */
export const invalidToken = (
  resource: string,
  internal: string,
  { scheme = 'Bearer', cause, description = 'The access token is not valid here' }: InvalidOptions = {},
): AppError =>
  new AppError(
    'unauthenticated',
    { detail: `${description}.` },
    {
      internal,
      cause,
      headers: { 'www-authenticate': header(resource, { scheme, error: 'invalid_token', description }) },
    },
  )
type InvalidOptions = { scheme?: Scheme; cause?: unknown; description?: string }

/** @param nonce one that the next proof is to carry, where that is what is missing */
export function invalidProof(resource: string, internal: string, nonce?: string, cause?: unknown): AppError {
  const error = nonce === undefined ? 'invalid_dpop_proof' : 'use_dpop_nonce'
  const description =
    nonce === undefined ? 'The DPoP proof is not valid for this request' : 'The DPoP proof needs our nonce'
  return new AppError(
    'unauthenticated',
    { detail: `${description}.` },
    {
      internal,
      cause,
      headers: {
        'www-authenticate': header(resource, { scheme: 'DPoP', error, description }),
        ...(nonce !== undefined && { 'dpop-nonce': nonce }),
      },
    },
  )
}

/**
 * A good token that was not given enough.
 * @param scope the least that would do (RFC 6750 §3.1)
 * @param why in place of a scope that is missing: what the person has to be asked about again
 */
export const insufficientScope = (resource: string, scope: string, why?: string): AppError =>
  new AppError(
    'insufficient_scope',
    {
      detail: why ?? `This access token lacks the scope ${scope}.`,
      required_scopes: why === undefined ? [[scope]] : [scope.split(' ')],
    },
    {
      headers: {
        'www-authenticate': header(resource, {
          error: 'insufficient_scope',
          description: why ?? `This needs the scope ${scope}`,
          scope,
        }),
      },
    },
  )
