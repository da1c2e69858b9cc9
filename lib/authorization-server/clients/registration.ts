import { errors } from 'oidc-provider'
import { appendAudit } from '#lib/audit'
import { config } from '#lib/config'
import { deployment, forOrg } from '#lib/db'
import { readBytes } from '#lib/http'
import { log } from '#lib/log'
import type { Asked } from '../asked.ts'
import { answerByProvider } from '../bridge.ts'
import { enter } from '../doors.ts'
import { digestedSecret } from './adapter.ts'
import { acceptedMetadata } from './rules.ts'

const bytesMax = 32 * 1024

/** Clients that are pages register too; nothing that a browser adds by itself counts for anything here. */
const anyOrigin = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'content-type, authorization, mcp-protocol-version',
  'access-control-allow-methods': 'POST, GET, PUT, DELETE',
}

/**
 * Registration of clients by themselves (RFC 7591) and what they may do with theirs (RFC 7592). Whatever they say is
 * reduced to what we accept before the provider sees it; their secret is shown once and kept as a digest.
 */
export async function answerRegistration(request: Request, asked: Asked): Promise<Response> {
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: anyOrigin })
  if (!config().oauth.registration) return Response.json({ error: 'access_denied' }, { status: 403 })
  const writes = request.method === 'POST' || request.method === 'PUT'
  const taken = writes ? await accepted(request) : request
  if (request.method === 'POST') await enter('registration', asked.from)
  const response = await answerByProvider(taken)
  if (!response.headers.get('content-type')?.includes('json')) return response
  const body = (await response.json()) as Record<string, unknown>
  if (response.status === 201) await note(body, asked.from)
  const headers = new Headers({ ...Object.fromEntries(response.headers), ...anyOrigin })
  headers.delete('content-length')
  return Response.json(shown(body), { status: response.status, headers })
}

async function accepted(request: Request): Promise<Request> {
  const given = parsed((await readBytes(request, bytesMax)).toString('utf8'))
  const metadata = acceptedMetadata(given, 'dcr')
  const { client_id: clientId, client_secret: secret } = given
  // What a change must repeat (RFC 7592 §2.2); the secret is compared as it is kept.
  const repeated =
    request.method === 'PUT'
      ? { client_id: clientId, ...(typeof secret === 'string' && { client_secret: digestedSecret(secret) }) }
      : {}
  const headers = new Headers(request.headers)
  headers.delete('content-length')
  headers.set('content-type', 'application/json')
  const body = JSON.stringify({ ...metadata, ...repeated })
  return new Request(request.url, { method: request.method, headers, body })
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new errors.InvalidClientMetadata('the registration must be a JSON object')
}

/** Defaults of identity, which mean nothing here, and the digest of a secret are not shown. */
function shown(body: Record<string, unknown>): Record<string, unknown> {
  const left = { ...body }
  for (const name of [
    'subject_type',
    'id_token_signed_response_alg',
    'require_auth_time',
    'post_logout_redirect_uris',
  ])
    delete left[name]
  if (typeof left.client_secret === 'string' && left.client_secret.startsWith('sha256:')) {
    delete left.client_secret
    delete left.client_secret_expires_at
  }
  return left
}

async function note(client: Record<string, unknown>, from: string | null): Promise<void> {
  await forOrg(deployment, (tx) =>
    appendAudit(tx, deployment, {
      action: 'oauth_client.registered',
      outcome: 'allowed',
      actor: { type: 'oauth_client', id: String(client.client_id) },
      ip: from,
      details: { client_id: String(client.client_id), name: String(client.client_name) },
    }),
  ).catch((err: unknown) => log.error({ err }, 'oauth_client.registered not audited'))
}
