import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { errors } from 'oidc-provider'
import { config } from '#lib/config'
import { AppError } from '#lib/errors'
import { readBytes } from '#lib/http'
import { agentClient, noteProofUsed, verifyFederated } from '#lib/identity'
import { log } from '#lib/log'
import { publicAccount } from './account.ts'
import { type Asked, nothingAsked, withAsked } from './asked.ts'
import { answerByProvider } from './bridge.ts'
import { answerRegistration } from './clients/registration.ts'
import { type DoorName, enter } from './doors.ts'
import { devicePage } from './flow/device-sources.ts'
import { cookieNames, issuer, mount, routes } from './issuer.ts'
import { publicMetadata } from './metadata.ts'
import { pages } from './pages.ts'
import { namedIn, withDefaults } from './params.ts'
import { ownToken } from './tokens/own-token.ts'

/** Longest form that is read, in bytes: with authorization details, which are the largest. */
const formBytesMax = 128 * 1024

/** Where the request came from: facts that only our own server can vouch for. */
export type Arrival = {
  /** The network (`networkOf`), as what is counted of strangers; `null` where it is not known. */
  from: string | null
  /** The certificate that a proxy of ours verified, DER in base64 (RFC 9440). */
  certificate: string | null
}

const forms: ReadonlySet<string> = new Set([
  routes.token,
  routes.introspection,
  routes.revocation,
  routes.pushed_authorization_request,
  routes.device_authorization,
])

const paths: ReadonlySet<string> = new Set(Object.values(routes))
const withOneBelow = [routes.authorization, routes.code_verification, routes.registration]

/**
 * Whether a path is spelt as it is published. The provider takes other cases and a slash at the end for the same, which
 * would get past everything that is looked at here first.
 */
const isPublished = (path: string): boolean =>
  paths.has(path) ||
  withOneBelow.some((above) => path.startsWith(`${above}/`) && /^[^/]+$/.test(path.slice(above.length + 1)))

/** Answers any request under the mount. */
export async function answer(request: Request, arrival: Arrival): Promise<Response> {
  const { pathname } = new URL(request.url)
  const path = pathname.slice(mount.length)
  if (!isPublished(path)) return Response.json({ error: 'not_found' }, { status: 404 })
  const asked: Asked = { ...nothingAsked(), from: arrival.from, certificate: arrival.certificate }
  try {
    return await withAsked(asked, async () => {
      if (request.method !== 'OPTIONS' && path === routes.authorization)
        await enter('authorization', arrival.from)
      const response = await answered(request, path, asked)
      if (asked.limited && response.status >= 400) throw asked.limited
      return response
    })
  } catch (error) {
    if (error instanceof AppError && error.code === 'rate_limited' && wantsPage(request))
      return pages().tooMany(error, request.headers)
    return refusal(error)
  }
}

const wantsPage = ({ headers }: Request): boolean => (headers.get('accept') ?? '').includes('text/html')

async function answered(request: Request, path: string, asked: Asked): Promise<Response> {
  if (request.method === 'GET' && path === routes.jwks)
    return Response.redirect(publicMetadata().jwks_uri, 308)
  if (path === routes.registration || path.startsWith(`${routes.registration}/`))
    return answerRegistration(request, asked)
  // Codes are entered on a page of ours (flow/device.ts).
  if (path === routes.code_verification) return Response.json({ error: 'not_found' }, { status: 404 })
  if (request.method === 'POST' && forms.has(path)) return answerForm(request, path, asked)
  if (path.startsWith(`${routes.code_verification}/`)) return backToDevice(request)
  return answerByProvider(await lookedAt(request, path))
}

/** A browser that entered no code has no session that the provider could show an error in. */
async function backToDevice(request: Request): Promise<Response> {
  const entered = request.headers.get('cookie')?.includes(`${cookieNames.resume}=`)
  const response = entered ? await answerByProvider(request) : null
  if (response && response.status < 500) return response
  return new Response(null, { status: 303, headers: { location: `${devicePage}?error=failed` } })
}

/** What people's browsers bring: a request for authorization, with what it leaves unsaid. */
async function lookedAt(request: Request, path: string): Promise<Request> {
  if (request.method !== 'GET' || path !== routes.authorization) return request
  const url = new URL(request.url)
  assertKeepable(url.searchParams)
  url.search = (await withDefaults(url.searchParams, 'authorization')).toString()
  return new Request(url, { headers: request.headers })
}

/** No parameter of OAuth has a NUL (RFC 6749 appendix A), and the database keeps none. */
function assertKeepable(params: URLSearchParams): void {
  for (const [name, value] of params)
    if (name.includes('\0') || value.includes('\0'))
      throw new errors.InvalidRequest('a parameter has a character that is not permitted')
}

async function answerForm(request: Request, path: string, asked: Asked): Promise<Response> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded')
    throw new errors.InvalidRequest(
      'only application/x-www-form-urlencoded content-type bodies are supported',
    )
  const text = (await readBytes(request, formBytesMax)).toString('utf8')
  const headers = new Headers(request.headers)
  headers.delete('content-length')
  const form = new URLSearchParams(text)
  assertKeepable(form)
  for (const name of [...form.keys()]) if (name.startsWith('behalf_')) form.delete(name)
  await presented(form, headers, asked)
  const door = doorOf[path]
  if (door !== undefined && !showsAgent(form, headers, asked)) await enter(door, asked.from)
  if (path === routes.introspection || path === routes.revocation) {
    const found = await ownToken(form.get('token') ?? '')
    if (found !== null) {
      asked.tokens.add(found)
      form.set('token', found)
    }
  }
  asked.orgId = form.getAll('org_id').length === 1 ? form.get('org_id') : null
  form.delete('org_id')
  const kind =
    path === routes.token
      ? 'token'
      : path === routes.introspection || path === routes.revocation
        ? null
        : 'authorization'
  const body = kind === null ? form : await withDefaults(form, kind, headers)
  const response = await answerByProvider(
    new Request(request.url, { method: 'POST', headers, body: body.toString() }),
  )
  if (response.ok) noteAssertion(form.get('client_assertion'), asked)
  if (path === routes.device_authorization) return withOurPage(response)
  return path === routes.introspection ? withPublicName(response) : response
}

const doorOf: Readonly<Record<string, DoorName>> = {
  [routes.pushed_authorization_request]: 'pushed',
  [routes.device_authorization]: 'device',
}

/**
 * Whether an agent that was registered here shows who it is: one that cannot leaves nothing behind. Whoever registered
 * themselves are strangers, secret or not.
 */
function showsAgent(form: URLSearchParams, headers: Headers, asked: Asked): boolean {
  if (asked.proven !== null) return true
  if (asked.presents === 'nothing') return false
  const assertion = form.get('client_assertion')
  const name = namedIn(headers) ?? form.get('client_id') ?? (assertion && issuerOf(assertion))
  return name?.startsWith('ag_') ?? false
}

/** The provider names people with their org; outside they are called by their id alone. */
async function withPublicName(response: Response): Promise<Response> {
  if (response.status !== 200) return response
  const { sub, sid: _, ...body } = (await response.json()) as Record<string, unknown>
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  return Response.json({ ...body, ...(typeof sub === 'string' && { sub: publicAccount(sub) }) }, { headers })
}

/** The page on which people type the code is ours. */
async function withOurPage(response: Response): Promise<Response> {
  if (response.status !== 200) return response
  const body = (await response.json()) as Record<string, unknown>
  const page = `${config().publicUrl}${devicePage}`
  const code = encodeURIComponent(String(body.user_code))
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  return Response.json(
    { ...body, verification_uri: page, verification_uri_complete: `${page}?user_code=${code}` },
    { headers },
  )
}

/**
 * How a client proves itself where the provider knows nothing of it: by another issuer's token, or by a certificate that a
 * proxy of ours verified. What it sent is taken out, and what stands in its place is good for this request alone.
 */
async function presented(form: URLSearchParams, headers: Headers, asked: Asked): Promise<void> {
  const assertion = form.get('client_assertion')
  const clientId = form.get('client_id')
  if (form.has('client_secret') || headers.has('authorization')) {
    asked.presents = 'secret'
    return
  }
  if (assertion !== null) {
    asked.presents = 'assertion'
    if (form.getAll('client_assertion').length > 1 || clientId === null || !clientId.startsWith('ag_')) return
    if (issuerOf(assertion) === clientId) return
    await verifyFederated(clientId, assertion, issuer()).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'unauthenticated')
        throw new errors.InvalidClient('the assertion does not prove the client', error.internal)
      throw error
    })
    proven(form, asked, clientId)
    return
  }
  if (asked.certificate === null || clientId === null || !clientId.startsWith('ag_')) return
  const agent = await agentClient(clientId)
  const thumbprint = thumbprintOf(asked.certificate)
  if (!agent?.certificateThumbprints.includes(thumbprint)) return
  proven(form, asked, clientId)
  noteProofUsed(clientId, { certificateThumbprint: thumbprint })
}

/** An agent's own assertion is verified by the provider: that it held is told by the answer. */
function noteAssertion(assertion: string | null, asked: Asked): void {
  if (assertion === null || asked.presents !== 'assertion' || asked.proven !== null) return
  const clientId = issuerOf(assertion)
  if (clientId?.startsWith('ag_')) noteProofUsed(clientId, { assertion })
}

function proven(form: URLSearchParams, asked: Asked, clientId: string): void {
  form.delete('client_assertion')
  form.delete('client_assertion_type')
  form.set('client_secret', 'proven')
  asked.proven = clientId
}

function issuerOf(assertion: string): string | undefined {
  try {
    const { iss }: { iss?: unknown } = decodeJwt(assertion)
    return typeof iss === 'string' ? iss : undefined
  } catch {
    throw new errors.InvalidRequest('invalid client_assertion format')
  }
}

/** RFC 8705 §3.1, base64url. */
const thumbprintOf = (der: string): string =>
  createHash('sha256').update(Buffer.from(der, 'base64')).digest('base64url')

/** An error that the provider did not get to see, as it would have said it. */
export function refusal(error: unknown): Response {
  const headers = { 'cache-control': 'no-store', pragma: 'no-cache' }
  if (error instanceof errors.OIDCProviderError) {
    const { error: code, error_description: description, statusCode } = error
    const status = error instanceof errors.InvalidClient ? 401 : statusCode
    return Response.json(
      { error: code, ...(description && { error_description: description }) },
      { status, headers },
    )
  }
  if (error instanceof AppError && error.code === 'payload_too_large')
    return Response.json(
      { error: 'invalid_request', error_description: error.message },
      { status: 413, headers },
    )
  if (error instanceof AppError && error.code === 'rate_limited') {
    const { detail, retry_after_seconds: seconds = 600 } = error.facts
    const said = { error: 'temporarily_unavailable', error_description: detail }
    return Response.json(said, { status: 429, headers: { ...headers, 'retry-after': String(seconds) } })
  }
  if (error instanceof AppError && error.code === 'unavailable')
    return Response.json({ error: 'temporarily_unavailable' }, { status: 503, headers })
  log.error({ err: error }, 'authorization server failed')
  return Response.json({ error: 'server_error' }, { status: 500, headers })
}
