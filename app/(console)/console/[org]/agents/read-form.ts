import type { z } from 'zod'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { agentCredentialInput, agentInput, agentPatch, rotateInput, toolsetInput } from '#lib/identity/schema'

// What the forms of this page say, as the API takes it: one schema judges both.

const text = (form: FormData, name: string): string | null => {
  const value = form.get(name)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

/** One a line; nothing is no list. */
const lines = (form: FormData, name: string): string[] | null =>
  text(form, name)
    ?.split(/[\s,]+/)
    .filter((line) => line !== '') ?? null

function json(form: FormData, name: string): unknown {
  const given = text(form, name)
  if (given === null) return undefined
  try {
    return JSON.parse(given)
  } catch {
    throw new AppError('invalid_request', { detail: `${name} is not JSON.`, param: name })
  }
}

const said = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))

const people = (form: FormData) => ({
  name: text(form, 'name') ?? '',
  owner: text(form, 'owner'),
  purpose: text(form, 'purpose'),
  team: text(form, 'team'),
  environment: text(form, 'environment'),
})

export const newAgent = (form: FormData) => parse(agentInput, people(form), 'body')

export const agentChange = (form: FormData) =>
  parse(
    agentPatch,
    {
      ...people(form),
      connectors: lines(form, 'connectors'),
      tools: lines(form, 'tools'),
      // A client that registered itself has no such field.
      ...(form.has('redirect_uris') && { redirect_uris: lines(form, 'redirect_uris') ?? [] }),
      tool_discovery: text(form, 'tool_discovery') ?? 'list',
    },
    'body',
  )

const kindOnly = ['subject', 'issuer', 'audience', 'certificate_thumbprint', 'jwks_uri'] as const

export function newCredential(form: FormData): z.infer<typeof agentCredentialInput> {
  const kind = text(form, 'kind')
  const days = Number(text(form, 'expires_in_days') ?? 0)
  return parse(
    agentCredentialInput,
    said({
      kind,
      name: text(form, 'name'),
      ...Object.fromEntries(kindOnly.map((name) => [name, text(form, name)])),
      jwks: json(form, 'jwks'),
      claims: json(form, 'claims'),
      ...(kind === 'federated' && { single_use: !form.has('kept') }),
      ...(days > 0 && { expires_in_seconds: days * 86_400 }),
    }),
    'body',
  )
}

export const rotation = (form: FormData) =>
  parse(rotateInput, { overlap_seconds: Number(text(form, 'overlap_seconds') ?? 3600) }, 'body')

export const newToolset = (form: FormData, agentId: string) =>
  parse(
    toolsetInput,
    {
      name: text(form, 'name') ?? '',
      agent_id: agentId,
      connectors: lines(form, 'connectors'),
      tools: lines(form, 'tools'),
    },
    'body',
  )
