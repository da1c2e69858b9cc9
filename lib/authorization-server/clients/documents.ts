import type { Egress } from '#lib/egress'
import { AppError } from '#lib/errors'
import { anchored } from '#lib/log'
import { answering, asked } from '../asked.ts'
import { enter } from '../doors.ts'
import { acceptedMetadata } from './rules.ts'

const held = anchored('oauth.egress', (): { egress: Egress | null } => ({ egress: null }))

/** Hands over the one way out: clients' documents and keys are fetched through it, for the purpose `cimd`. */
export function reachClients(egress: Egress): void {
  held.egress = egress
}

const maxBytes = 64 * 1024
const deadlineMs = 5_000

/**
 * What the provider fetches, which are documents that describe clients and their keys. No redirect is followed and no
 * private address reached. Of a document only what we accept of a client is passed on.
 */
export async function fetchForClients(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  if (!held.egress) throw new Error('no way out was given')
  if (answering()) await countFetch()
  const { dispatcher: _, ...options } = (init ?? {}) as RequestInit & { dispatcher?: unknown }
  const response = await held.egress.fetch('cimd', { maxBytes, deadlineMs })(url, options)
  if (response.status !== 200) return response
  const text = await response.text()
  const parsed: unknown = JSON.parse(text)
  const document = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  if (!('client_id' in document)) return new Response(text, { headers: response.headers })
  const accepted = { client_id: document.client_id, ...acceptedMetadata(document, 'cimd') }
  const headers = new Headers({ 'content-type': 'application/json' })
  for (const name of ['cache-control', 'expires']) {
    const value = response.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  return new Response(JSON.stringify(accepted), { headers })
}

/** The provider says of whatever fails here that the client is none: that it is too much is kept for the front to say. */
async function countFetch(): Promise<void> {
  const request = asked()
  try {
    await enter('document', request.from)
  } catch (error) {
    if (error instanceof AppError && error.code === 'rate_limited') request.limited = error
    throw error
  }
}
