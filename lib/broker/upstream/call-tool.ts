import { z } from 'zod'
import { needsReauth, refresherOf } from '#lib/connect'
import { callSeconds, isRepeatable, NoSegment } from '#lib/connector-kit'
import { AppError, toAppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import { log } from '#lib/log'
import { authConfigOf, secretsIn, withSharedSecrets } from '#lib/oauth'
import type { Intent, Tenant } from '#lib/proof'
import { outsideLimits, runWithin } from '#lib/scopes'
import { type CredentialRef, type Lent, sameCredential, withCredential } from '#lib/vault'
import { type Content, redactOutput } from '../content/index.ts'
import type { Deps } from '../context.ts'
import { accountOf, type ReadCall } from '../facts.ts'
import { type Files, incoming, type Moved, saidOf } from '../files/index.ts'
import type { Call } from '../resolve.ts'
import { RefusedByProvider } from './answer.ts'
import { categorised } from './categories.ts'
import type { Progress } from './send.ts'
import { type RunFiles, toolFiles } from './tool-files.ts'
import { toolHttp } from './tool-http.ts'
import { learnWait } from './waits.ts'

/** How a call ended. `unknown` is a write that may or may not have happened. */
export type Outcome = (
  | { status: 'succeeded'; output: unknown; durationMs: number; content?: Content }
  | { status: 'failed' | 'unknown'; error: AppError; durationMs: number }
) & { file?: Moved }

/** One call's clock, what ends it, and the file that it moves. */
type Under = { signal: AbortSignal; deadlineMs: number; progress: Progress; files: RunFiles }

/**
 * Makes the call under its intent. Never throws: whatever happens is an outcome to settle, with its category.
 * @param signal ends the call; a reason that is an AppError is what its caller is told
 * @see PROVIDERS.json classification rule 3: an access token that the provider refuses is renewed once, and the call
 *   made once more where that cannot repeat an effect
 */
export async function callTool(
  deps: Deps,
  intent: Intent,
  call: ReadCall,
  signal: AbortSignal,
  { upload, delivery }: Files = {},
): Promise<Outcome> {
  const startedAt = performance.now()
  const durationMs = () => Math.round(performance.now() - startedAt)
  // Over everything: waits, retries, the renewal of a token, and every request of the tool.
  const callMsMax = callSeconds(call.tool) * 1000
  const bound = boundBy([signal, ...(delivery ? [delivery.gone] : [])], callMsMax)
  const ends = bound.signal
  const under: Under = {
    signal: ends,
    deadlineMs: startedAt + callMsMax,
    progress: { wrote: false, writes: 0 },
    files: {
      ...(upload && { incoming: incoming(upload, saidOf(call.params), ends) }),
      ...(delivery && { delivery }),
    },
  }
  const file = () => {
    const moved = under.files.incoming?.moved() ?? delivery?.moved()
    return moved ? { file: moved } : {}
  }
  try {
    const output = await attempt(deps, intent, call, under).catch((error: unknown) => {
      if (!(error instanceof RefusedByProvider)) throw error
      return attempt(deps, intent, call, under, error)
    })
    return { status: 'succeeded', output, durationMs: durationMs(), ...file() }
  } catch (thrown) {
    const error = categorised(asOutcomeError(thrown, call), under.progress.wrote)
    const unsure = error.facts.outcome === 'unknown'
    return { status: unsure ? 'unknown' : 'failed', error, durationMs: durationMs(), ...file() }
  } finally {
    bound.over()
  }
}

/**
 * Ends when one of `signals` does, or after `ms`. Unlike `AbortSignal.any` and `AbortSignal.timeout` it leaves nothing behind
 * once it is over: a timer each for a minute is more than what a busy process holds otherwise.
 */
function boundBy(signals: readonly AbortSignal[], ms: number): { signal: AbortSignal; over: () => void } {
  const controller = new AbortController()
  const follow = ({ target }: Event) => controller.abort((target as AbortSignal).reason)
  const outOfTime = () => controller.abort(new DOMException('The call took too long.', 'TimeoutError'))
  const timer = setTimeout(outOfTime, ms)
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason)
    else signal.addEventListener('abort', follow, { once: true })
  }
  const over = () => {
    clearTimeout(timer)
    for (const signal of signals) signal.removeEventListener('abort', follow)
  }
  return { signal: controller.signal, over }
}

/**
 * @param refused how the provider refused the access token that we had: it is renewed first, and a call that must
 *   not be repeated ends there, so that the caller decides
 */
async function attempt(
  deps: Deps,
  intent: Intent,
  call: ReadCall,
  { signal, deadlineMs, progress, files: runFiles }: Under,
  refused?: RefusedByProvider,
): Promise<unknown> {
  const { granted } = intent.allowed
  const { tenant, accountId, connectionId } = granted
  const read = accountOf(call, accountId)
  if (read && !refused) learnWait({ orgId: tenant.orgId, id: accountId }, read.waitMs)
  const auth =
    read?.auth ?? (await authConfigOf(tenant, { orgId: granted.authConfigOrgId, id: granted.authConfigId }))
  const refresher = refresherOf(deps, tenant, call.connector, auth)
  // Many calls meet one refused token: the first renews it, and the others find it renewed.
  const renewing = refused
    ? { ...refresher, mustRenew: (current: CredentialRef) => sameCredential(current, refused.credential) }
    : refresher
  const use = async (lent: Lent) => {
    // Nothing could be renewed: what the provider refused is all there is.
    if (refused && sameCredential(refused.credential, lent.credential))
      throw await gone(tenant, lent.credential)
    const isSpent = runFiles.incoming !== undefined && runFiles.incoming.state !== 'untouched'
    if (refused && (isSpent || !isRepeatable(call.tool))) throw refused.asAppError()
    const { connector, tool, params } = call
    const executionId = publicId('execution', intent.executionId)
    // A repeated run sends its writes under the keys that the first one sent.
    progress.writes = 0
    const wiring = {
      egress: deps.egress,
      tenant,
      accountId,
      connectionId,
      connector,
      auth,
      lent,
      tool,
      executionId,
      signal,
      deadlineMs,
      progress,
    }
    const http = toolHttp(wiring)
    const files = toolFiles(wiring, runFiles)
    try {
      const beyond = () => new AppError('insufficient_scope', outsideLimits(tool, granted.scopesGranted))
      const within = { toolName: tool.name, params, http }
      const output = await runWithin(connector, granted.limits, within, beyond, () =>
        tool.run({ input: params, http, files, executionId, signal }),
      )
      return redactOutput(output, [...lent.secrets, ...secretsIn(connector, lent)])
    } catch (error) {
      // Refused again with a token that was just renewed: the consent is gone.
      if (error instanceof RefusedByProvider && (refused || error.dead))
        throw await gone(tenant, lent.credential)
      throw error
    }
  }
  // What was read for this call is as good as what would be read now, until the provider has refused it.
  const credential = refused ? undefined : (read?.credential ?? undefined)
  return withSharedSecrets(tenant, auth, (shared) => {
    const useBeside = (lent: Lent) => use({ ...lent, secrets: [...lent.secrets, ...shared] })
    return withCredential(tenant, accountId, renewing, useBeside, credential)
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
  if (thrown instanceof NoSegment)
    return new AppError('invalid_request', { detail: 'A parameter cannot be used in an address.' })
  if (thrown instanceof z.ZodError) {
    log.warn(
      { tool: call.tool.name, issues: thrown.issues.map(({ path, code }) => ({ path, code })) },
      'answer does not fit',
    )
    // Where it was a write that was answered so, what it did has happened: only what it said cannot be read.
    return new AppError('upstream_error', {
      detail: `${call.connector.name} answered something unreadable.`,
      retryable: false,
      category: 'permanent',
    })
  }
  const error = toAppError(thrown)
  if (error.code === 'internal') log.error({ err: thrown, tool: call.tool.name }, 'tool failed')
  return error
}
