import { z } from 'zod'
import { needsReauth, refresherOf } from '#lib/connect'
import { AppError, toAppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import { log } from '#lib/log'
import { authConfigOf } from '#lib/oauth'
import type { Intent, Tenant } from '#lib/proof'
import { outsideLimits, runWithin } from '#lib/scopes'
import { type CredentialRef, sameCredential, withCredential } from '#lib/vault'
import type { Deps } from '../context.ts'
import type { Call } from '../resolve.ts'
import { RefusedByProvider, toolHttp } from './tool-http.ts'

/** How a call ended. `unknown` is a write that may or may not have happened. */
export type Outcome =
  | { status: 'succeeded'; output: unknown; durationMs: number }
  | { status: 'failed' | 'unknown'; error: AppError; durationMs: number }

const deadlineMs = 30_000

/**
 * Makes the call under its intent. Never throws: whatever happens is an outcome to settle.
 * @see PROVIDERS.json classification rule 3: an access token that the provider refuses is renewed once, and the call
 *   made once more where that cannot repeat an effect
 */
export async function callTool(
  deps: Deps,
  intent: Intent,
  call: Call,
  signal: AbortSignal,
): Promise<Outcome> {
  const startedAt = performance.now()
  const durationMs = () => Math.round(performance.now() - startedAt)
  const ends = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
  try {
    const output = await attempt(deps, intent, call, ends).catch((error: unknown) => {
      if (!(error instanceof RefusedByProvider)) throw error
      return attempt(deps, intent, call, ends, error)
    })
    return { status: 'succeeded', output, durationMs: durationMs() }
  } catch (thrown) {
    const error = asOutcomeError(thrown, call)
    const unsure = error.facts.outcome === 'unknown'
    return { status: unsure ? 'unknown' : 'failed', error, durationMs: durationMs() }
  }
}

/**
 * @param refused how the provider refused the access token that we had: it is renewed first, and a call that must
 *   not be repeated ends there, so that the caller decides
 */
async function attempt(
  deps: Deps,
  intent: Intent,
  call: Call,
  signal: AbortSignal,
  refused?: RefusedByProvider,
): Promise<unknown> {
  const { granted } = intent.allowed
  const { tenant, accountId } = granted
  const auth = await authConfigOf(tenant, { orgId: granted.authConfigOrgId, id: granted.authConfigId })
  const refresher = refresherOf(deps, tenant, call.connector, auth)
  // Many calls meet one refused token: the first renews it, and the others find it renewed.
  const renewing = refused
    ? { ...refresher, mustRenew: (current: CredentialRef) => sameCredential(current, refused.credential) }
    : refresher
  const repeatable = call.tool.effect === 'read' || call.tool.idempotent
  return withCredential(tenant, accountId, renewing, async (lent) => {
    // Nothing could be renewed: what the provider refused is all there is.
    if (refused && sameCredential(refused.credential, lent.credential))
      throw await gone(tenant, lent.credential)
    if (refused && !repeatable) throw refused.asAppError()
    const http = toolHttp({
      egress: deps.egress,
      connector: call.connector,
      auth,
      lent,
      tool: call.tool,
      signal,
    })
    try {
      const { connector, tool, params } = call
      const beyond = () => new AppError('insufficient_scope', outsideLimits(tool, granted.scopesGranted))
      const executionId = publicId('execution', intent.executionId)
      return await runWithin(connector, granted.limits, { toolName: tool.name, params, http }, beyond, () =>
        tool.run({ input: params, http, executionId, signal }),
      )
    } catch (error) {
      // Refused again with a token that was just renewed: the consent is gone.
      if (error instanceof RefusedByProvider && (refused || error.dead))
        throw await gone(tenant, lent.credential)
      throw error
    }
  })
}

async function gone(tenant: Tenant, credential: CredentialRef): Promise<AppError> {
  await needsReauth(tenant, credential, 'revoked_at_provider')
  return new AppError('reauthorization_required', {
    detail: 'The provider has withdrawn this access. Connect the account again.',
  })
}

function asOutcomeError(thrown: unknown, call: Call): AppError {
  if (thrown instanceof RefusedByProvider) return thrown.asAppError()
  if (thrown instanceof z.ZodError) {
    log.warn(
      { tool: call.tool.name, issues: thrown.issues.map(({ path, code }) => ({ path, code })) },
      'answer does not fit',
    )
    // It was answered with success: what it did has happened, only what it said cannot be read.
    return new AppError('upstream_error', {
      detail: `${call.connector.name} answered something unreadable.`,
      ...(call.tool.effect !== 'read' && { outcome: 'unknown' as const }),
    })
  }
  const error = toAppError(thrown)
  if (error.code === 'internal') log.error({ err: thrown, tool: call.tool.name }, 'tool failed')
  return error
}
