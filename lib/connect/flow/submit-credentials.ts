import { appendAudit, type Origin, originFields } from '#lib/audit'
import { fieldsAsked, isForm, isOAuth, kindFacts } from '#lib/connector-kit'
import { type Attempt, countTryIn, type KeptForm, keepFormIn, keptForm, takeAttempt } from '#lib/consent'
import { forOrg } from '#lib/db'
import { AppError, toAppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { publicId } from '#lib/ids'
import { networkOf } from '#lib/limits'
import { log } from '#lib/log'
import { addressedBy, authConfigOf, authorizeUrl, readFields, testCredentials } from '#lib/oauth'
import { orgHmac, sealLed, withOpenedLed } from '#lib/vault'
import type { Deps, Open } from '../context.ts'
import { failed } from './callback.ts'
import { credentialsPage, formAttempt } from './credential-screen.ts'
import { assertSameAccount, keepAnswer } from './finish.ts'
import type { FlowCookie } from './flow-cookie.ts'

/** Tries of one session, and from one address within ten minutes: enough for a person, too few to guess a key. */
const triesMax = { session: 10, address: 30 }
const windowSeconds = 600
const sessionWindowSeconds = 86_400

/** What a person gave, by the names of the fields; a secret that was left empty is the one that is kept. */
export type GivenFields = Readonly<Record<string, string | undefined>>

const formBinding = (attemptId: string) => ({ purpose: 'credential_form', parts: [attemptId] })

/**
 * Takes what a person pasted. It is tried at the provider before it is kept, and from then on it goes the way of an
 * OAuth answer: sealed until the host says who finished, and active by nothing else (THREATS.md C1). What did not pass
 * stands in the form again, its secrets sealed in the attempt for ten minutes and shown to nobody.
 * @returns where the browser goes: the form again, the provider, or the end of the flow
 * @throws AppError `bad_request`, `session_*`;
 *   `account_mismatch` when a reconnect ended in another account
 */
export async function submitCredentials(
  deps: Deps,
  opened: Open,
  flow: FlowCookie,
  connectorId: string,
  given: GivenFields,
  origin: Origin,
): Promise<{ location: string; flow: FlowCookie }> {
  const { tenant, session } = opened
  const { connector, attempt, proofs } = await formAttempt(deps, opened, flow, connectorId)
  const all = await withKept(opened, attempt, given)
  const { values, problems } = readFields(connector, all)
  const again = async (refusal: KeptForm['refusal']) => {
    await keep(opened, attempt, fieldsAsked(connector), all, { problems, refusal })
    return { location: credentialsPage(session.id, connectorId), flow }
  }
  if (Object.keys(problems).length > 0) return again(null)
  const auth = await authConfigOf(tenant, { orgId: attempt.auth_config_org_id, id: attempt.auth_config_id })
  if (isOAuth(connector)) {
    const at = addressedBy(auth, connector, values)
    return {
      location: await authorizeUrl(connector, at, proofs, attempt.scopes_requested),
      flow: { ...flow, attempt: { ...proofs, inputs: at.inputs } },
    }
  }
  if (!isForm(connector)) throw new AppError('bad_request')
  if (!(await countTry(opened, origin))) return again('too_many')
  const fields = { ...values, ...(connector.auth.grant && { scope: attempt.scopes_requested.join(' ') }) }
  const tested = await testCredentials(deps.egress, connector, auth, fields)
  if (tested.kind === 'refused') {
    log.info({ connector: connector.id, why: tested.why }, `credential refused: ${tested.internal}`)
    await recordRefusal(opened, attempt, tested.why, origin)
    return again(tested.why)
  }
  // Once: of two that send the same form, one finds it taken.
  const taken = await takeAttempt(tenant, {
    attemptId: attempt.id,
    state: proofs.state,
    authConfigId: attempt.auth_config_id,
  })
  try {
    await assertSameAccount(opened, tested.account.id)
    return await keepAnswer(
      opened,
      connector,
      taken,
      { tokens: tested.tokens, account: tested.account },
      origin,
    )
  } catch (thrown) {
    const { code } = toAppError(thrown)
    await failed(opened, taken, code, origin)
    throw thrown
  }
}

/** A field that is left empty is what it was: its text in the form, its secret sealed in the attempt. */
async function withKept(
  { tenant }: Open,
  attempt: Attempt,
  given: GivenFields,
): Promise<Record<string, string>> {
  const filled = Object.entries(given).filter((entry): entry is [string, string] => Boolean(entry[1]?.trim()))
  const all = Object.fromEntries(filled)
  if (!keptForm(attempt) || !attempt.sealed_form) return all
  return withOpenedLed(tenant, formBinding(attempt.id), attempt.sealed_form, async (plaintext) => ({
    ...(JSON.parse(plaintext.toString()) as Record<string, string>),
    ...all,
  }))
}

async function keep(
  { tenant }: Open,
  attempt: Attempt,
  asked: ReturnType<typeof fieldsAsked>,
  all: Readonly<Record<string, string>>,
  { problems, refusal }: Pick<KeptForm, 'problems' | 'refusal'>,
): Promise<void> {
  const longest = 40_000
  const shown: Record<string, string> = {}
  const secrets: Record<string, string> = {}
  for (const { name, kind } of asked) {
    const value = all[name]
    if (value === undefined || value.length > longest) continue
    if (!kindFacts[kind].secret) shown[name] = value.trim().slice(0, 500)
    // What was wrong in itself is pasted anew.
    else if (!problems[name]) secrets[name] = value
  }
  const kept = Object.keys(secrets)
  const sealed =
    kept.length > 0 ? await sealLed(tenant, formBinding(attempt.id), JSON.stringify(secrets)) : null
  await forOrg(tenant, (tx) =>
    keepFormIn(tx, tenant, attempt.id, { values: shown, kept, problems, refusal }, sealed),
  )
}

/** Before the provider is asked, in a transaction of its own: a try that fails has been one. */
async function countTry({ tenant, session }: Open, { ip }: Origin): Promise<boolean> {
  const address = await orgHmac(tenant, 'credential_tries', networkOf(ip) ?? 'unknown')
  const [ofSession, ofAddress] = [
    { subject: `session:${session.id}`, most: triesMax.session, seconds: sessionWindowSeconds },
    { subject: `address:${address}`, most: triesMax.address, seconds: windowSeconds },
  ]
  return forOrg(
    tenant,
    async (tx) => (await countTryIn(tx, tenant, ofSession)) && countTryIn(tx, tenant, ofAddress),
  )
}

async function recordRefusal(opened: Open, attempt: Attempt, why: string, origin: Origin): Promise<void> {
  const { tenant, session, caller } = opened
  await forOrg(tenant, (tx) =>
    appendAudit(tx, tenant, {
      action: 'connection.credentials_refused',
      outcome: 'failed',
      actor: actorOf(caller),
      user_id: session.user.external_id,
      error_code: why,
      details: { connect_session_id: publicId('connect_session', session.id), connector: attempt.connector },
      ...originFields(origin),
    }),
  )
}
