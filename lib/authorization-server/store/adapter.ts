import type { Adapter, AdapterPayload } from 'oidc-provider'
import { deployment, sqlForOrg } from '#lib/db'
import { parseAccount } from '../account.ts'
import { asked } from '../asked.ts'
import type { SignedIn } from '../interaction.ts'
import { digest, handleOf, keyedDigest, rowOf } from './digests.ts'
import * as statements from './statements.ts'
import { sweepTries } from './tries.ts'

/** Longest time for which a refresh token is honoured again after it was used, in seconds. */
export const mercySeconds = 30

/** Kept so long beyond their time: a revoked token is known as such for as long as it could be shown. */
const yearSeconds = 365 * 24 * 3600

type Row = { id: Buffer; payload: AdapterPayload; consumed: number | null; mercy: boolean }

/** What happens where a code that was used comes again at the very moment of its use. */
export type OnReplay = (grantId: string | undefined) => Promise<never>

/**
 * The provider's records in Postgres. What a holder presents is kept nowhere: rows are found by its digest, and it is
 * taken out of what is stored and put back into what is read.
 */
export class Records implements Adapter {
  readonly model: string
  readonly #onReplay: OnReplay

  constructor(model: string, onReplay: OnReplay) {
    this.model = model
    this.#onReplay = onReplay
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const row = rowOf(id)
    const stored = JSON.stringify(withoutSecrets(payload, id))
    const seconds = expiresIn ?? yearSeconds
    const grant = grantOf(this.model, payload)
    const subject = payload.accountId === undefined ? null : parseAccount(payload.accountId)
    const person = [subject?.orgId ?? null, subject?.userId ?? null]
    const { rotating, from } = asked()
    if (this.model === 'RefreshToken' && rotating !== null) {
      const made = await run(statements.succeed, [
        ...[this.model, row, stored, grant, rowOf(rotating)],
        ...[...person, seconds],
      ])
      if (made.length === 0) await this.#onReplay(payload.grantId)
      return
    }
    await run(statements.upsert, [
      ...[this.model, row, stored, grant, payload.uid ? digest(payload.uid) : null],
      ...[payload.userCode ? keyedDigest(payload.userCode) : null, null, ...person],
      ...[this.model === 'Client' ? from : null, seconds],
    ])
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    // Our access tokens are signed: the id in one finds its row only once the signature was looked at.
    const signed = this.model === 'AccessToken' || this.model === 'ClientCredentials'
    if (signed && !asked().tokens.has(id)) return undefined
    const mercy = this.model === 'RefreshToken' ? mercySeconds : 0
    const [row] = await run<Row>(statements.find, [this.model, rowOf(id), mercy])
    return row && withSecrets(row, id)
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const [row] = await run<Row>(statements.findByUid, [this.model, digest(uid)])
    return row && { ...withSecrets(row, handleOf(row.id)), uid }
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    const [row] = await run<Row>(statements.findByUserCode, [this.model, keyedDigest(userCode)])
    return row && { ...withSecrets(row, handleOf(row.id)), userCode }
  }

  async consume(id: string): Promise<void> {
    const used = await run(statements.consume, [this.model, rowOf(id)])
    if (this.model === 'RefreshToken') {
      asked().rotating = id
      return
    }
    if (used.length > 0) return
    const [row] = await run<Row>(statements.find, [this.model, rowOf(id), 0])
    await this.#onReplay(row?.payload.grantId)
  }

  async destroy(id: string): Promise<void> {
    await run(statements.destroy, [this.model, rowOf(id)])
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await run(statements.revokeGrant, [digest(grantId)])
  }
}

/** The grant that a record belongs to; of a grant itself, the person's consent that it stands for. */
function grantOf(model: string, payload: AdapterPayload): Buffer | null {
  if (model !== 'Grant') return payload.grantId ? digest(payload.grantId) : null
  const consent: unknown = Reflect.get(payload, 'consentId')
  return typeof consent === 'string' ? digest(consent) : null
}

/**
 * Whether a consent was given for all that its scopes say: not where a grant of it was narrowed by authorization details,
 * and not where none of its grants is left, as they end with a replay.
 */
export async function isUnnarrowed(consentId: string): Promise<boolean> {
  const [row] = await run<{ whole: boolean | null }>(statements.unnarrowed, [digest(consentId)])
  return row?.whole ?? false
}

async function run<R extends object>(
  statement: { name: string; text: string },
  values: readonly unknown[],
): Promise<R[]> {
  return sqlForOrg(deployment, (sql) =>
    sql<R & Record<string, unknown>>(statement, [deployment.orgId, ...values], { last: true }),
  )
}

/** So many exchanges may lie between a token and what it came from: each is looked at whenever the token is used. */
const ancestorsMax = 16

/**
 * Keeps an access token that was made of another, so that it ends with that one and with whatever that one came from.
 * @param from `jti` of the other
 * @param expiresIn seconds
 * @returns whether it was; not where too many exchanges lie before it
 */
export const keepExchanged = async (
  jti: string,
  from: string,
  payload: AdapterPayload,
  expiresIn: number,
): Promise<boolean> => {
  const stored = JSON.stringify(withoutSecrets(payload, jti))
  const values = [rowOf(jti), stored, rowOf(from), expiresIn, ancestorsMax]
  return (await run(statements.descend, values)).length > 0
}

/** What is kept of a record that is in force, for what only has to read it. */
export async function payloadOf(model: string, id: string): Promise<AdapterPayload | null> {
  const [row] = await run<Row>(statements.find, [model, rowOf(id), 0])
  return row?.payload ?? null
}

export const claimOnce = async (id: string, seconds: number): Promise<boolean> =>
  (await run(statements.claimOnce, [digest(id), seconds])).length > 0

/** Deletes what is over, batch by batch, so that no statement holds locks for long. @returns how many rows went */
export async function sweepRecords(): Promise<number> {
  await sweepTries()
  let gone = 0
  for (;;) {
    const { length } = await run(statements.sweep, [statements.sweepBatch])
    gone += length
    if (length < statements.sweepBatch) return gone
  }
}

/** The person behind a grant, of which something is still kept. */
export async function subjectOfGrant(grantId: string): Promise<SignedIn | null> {
  type Subject = { subject_org_id: string; subject_id: string }
  const [row] = await run<Subject>(statements.subjectOfGrant, [digest(grantId)])
  return row ? { orgId: row.subject_org_id, userId: row.subject_id } : null
}

const placeholder = '{uid}'

function withoutSecrets(payload: AdapterPayload, id: string): AdapterPayload {
  const { jti: _, userCode: __, consumed: ___, ...kept } = payload
  return {
    ...kept,
    ...(kept.returnTo !== undefined && { returnTo: kept.returnTo.replaceAll(id, placeholder) }),
    ...(kept.deviceCode !== undefined && { deviceCode: handleOf(rowOf(kept.deviceCode)) }),
    ...(kept.parJti !== undefined && { parJti: handleOf(rowOf(kept.parJti)) }),
    ...(kept.session?.cookie !== undefined && {
      session: { ...kept.session, cookie: handleOf(rowOf(kept.session.cookie)) },
    }),
  }
}

/** Within the mercy window a used refresh token reads as one that was not. */
const withSecrets = ({ payload, consumed, mercy }: Row, id: string): AdapterPayload => ({
  ...payload,
  jti: id,
  ...(payload.returnTo !== undefined && { returnTo: payload.returnTo.replaceAll(placeholder, id) }),
  ...(consumed !== null && !mercy && { consumed: Math.floor(consumed) }),
})
