import type { AuthorizationServer } from 'oauth4webapi'
import { z } from 'zod'
import { EgressError } from '#lib/egress'
import { doorToIssuers, publishedKeys } from '../agents/published.ts'
import { algorithms } from '../algorithms.ts'
import { SignInRefused } from './refused.ts'
import type { Finding } from './schema.ts'

const deadlineMs = 8_000
const bytesMax = 256 * 1024
const keptMs = 10 * 60_000
const issuersMax = 500

const list = z.array(z.string()).max(200).optional()

const metadata = z.object({
  issuer: z.string().max(300),
  authorization_endpoint: z.url().max(2_000),
  token_endpoint: z.url().max(2_000),
  jwks_uri: z.url().max(2_000),
  id_token_signing_alg_values_supported: list,
  code_challenge_methods_supported: list,
  response_types_supported: list,
  scopes_supported: list,
  claims_supported: list,
  authorization_response_iss_parameter_supported: z.boolean().optional(),
})
export type IdentityProvider = z.output<typeof metadata>

const endpoints = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const

/** What is wrong with an identity provider, in words for whoever sets it up. */
class Unfit extends Error {
  override readonly name = 'Unfit'
}

const addressOf = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`

/** The fetch of the standard, through the one door out: no internal address, no redirect, a cap and a deadline. */
export const providerFetch = () => doorToIssuers().fetch('oidc', { deadlineMs, maxBytes: bytesMax })

const troubles: Record<EgressError['kind'], string> = {
  refused: 'is at an address that this server may not reach: it must be a public one over https',
  timeout: 'did not answer in time',
  aborted: 'could not be asked now',
  too_large: 'answered far more than a discovery document',
  reset: 'ended the connection',
  redirect: 'answered with a redirect, which is not followed: give the address that it leads to',
  network: 'could not be reached',
}

async function read(address: string): Promise<unknown> {
  const host = new URL(address).host
  let response: Response
  try {
    response = await providerFetch()(address, { headers: { accept: 'application/json' } })
  } catch (error) {
    throw new Unfit(
      `${host} ${error instanceof EgressError ? troubles[error.kind] : 'could not be reached'}.`,
    )
  }
  if (response.status !== 200) throw new Unfit(`${host} answered ${response.status} instead of 200.`)
  try {
    return await response.json()
  } catch {
    throw new Unfit(`${host} answered something that is not JSON.`)
  }
}

/**
 * The discovery document of an issuer, checked: it speaks for that issuer, and its endpoints are as safe as it is.
 * @throws Unfit in words
 * @see OpenID Connect Discovery 1.0 §4.3
 */
async function discover(issuer: string): Promise<IdentityProvider> {
  const parsed = metadata.safeParse(await read(addressOf(issuer)))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Unfit(`Its discovery document has no usable ${issue?.path.join('.') || 'content'}.`)
  }
  if (parsed.data.issuer !== issuer)
    throw new Unfit('It calls itself by another name than the issuer given here, letter by letter.')
  const own = new URL(issuer).protocol
  for (const name of endpoints) {
    const { protocol } = new URL(parsed.data[name])
    if (protocol !== 'https:' && !(protocol === 'http:' && own === 'http:'))
      throw new Unfit(`Its ${name} is not an https address.`)
  }
  return parsed.data
}

/** After one that failed, nobody asks again for so long: whoever types an address has this server ask. */
const pauseMs = 3_000

type Kept = { at: number } & ({ provider: IdentityProvider } | { failed: Unfit })
let kept = new Map<string, Kept>()

/** What an identity provider says of itself, kept for ten minutes. @throws SignInRefused `unreachable` */
export async function identityProvider(issuer: string): Promise<IdentityProvider> {
  const known = kept.get(issuer)
  const age = Date.now() - (known?.at ?? 0)
  if (known && 'provider' in known && age < keptMs) return known.provider
  if (known && 'failed' in known && age < pauseMs)
    throw new SignInRefused('unreachable', 'discovery', known.failed)
  if (kept.size >= issuersMax) kept = new Map()
  try {
    const provider = await discover(issuer)
    kept.set(issuer, { provider, at: Date.now() })
    return provider
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    kept.set(issuer, { failed: error, at: Date.now() })
    throw new SignInRefused('unreachable', 'discovery', error)
  }
}

/** The same in the form that oauth4webapi takes. */
export const asServer = (provider: IdentityProvider): AuthorizationServer => ({
  issuer: provider.issuer,
  authorization_endpoint: provider.authorization_endpoint,
  token_endpoint: provider.token_endpoint,
  jwks_uri: provider.jwks_uri,
  // Ours, whatever it advertises: `none` and secrets as keys are no signatures (RFC 8725 §3.1).
  id_token_signing_alg_values_supported: algorithms,
  ...(provider.authorization_response_iss_parameter_supported !== undefined && {
    authorization_response_iss_parameter_supported: provider.authorization_response_iss_parameter_supported,
  }),
})

/** Looks at an identity provider as it stands now, and says in words what is right, missing and wrong. */
export async function inspectIssuer(
  issuer: string,
  wanted: { scopes: readonly string[] },
): Promise<Finding[]> {
  kept.delete(issuer)
  let provider: IdentityProvider
  try {
    provider = await discover(issuer)
  } catch (error) {
    if (error instanceof Unfit) return [{ tone: 'danger', says: error.message }]
    throw error
  }
  return [
    { tone: 'success', says: 'The discovery document is there and speaks for this issuer.' },
    ...remarks(provider, wanted.scopes),
    await keysOf(provider),
  ]
}

function remarks(provider: IdentityProvider, scopes: readonly string[]): Finding[] {
  const found: Finding[] = []
  const say = (tone: Finding['tone'], says: string) => found.push({ tone, says })
  const {
    response_types_supported: types,
    code_challenge_methods_supported: challenges,
    id_token_signing_alg_values_supported: signs,
    scopes_supported: offered,
  } = provider
  if (types && !types.includes('code')) say('danger', 'It does not offer the authorization code flow.')
  if (signs && !signs.some((one) => algorithms.includes(one)))
    say('danger', 'It signs with no algorithm that is taken here: RS, PS or ES 256 to 512, or EdDSA.')
  if (!challenges?.includes('S256'))
    say('warning', 'It does not say that it checks PKCE (S256). It is sent all the same.')
  if (!provider.authorization_response_iss_parameter_supported)
    say('warning', 'It does not name itself in its answers (RFC 9207). Give this client to nobody else.')
  const unknown = offered ? scopes.filter((scope) => !offered.includes(scope)) : []
  if (unknown.length > 0) say('warning', `It does not list these scopes: ${unknown.join(', ')}.`)
  return found
}

async function keysOf(provider: IdentityProvider): Promise<Finding> {
  try {
    const { keys } = await publishedKeys(provider.jwks_uri, true)
    return keys.length > 0
      ? { tone: 'success', says: `It publishes ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}.` }
      : { tone: 'danger', says: 'It publishes no key, so nothing that it says can be verified.' }
  } catch {
    return { tone: 'danger', says: `Its keys at ${new URL(provider.jwks_uri).host} cannot be read.` }
  }
}
