import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'

interface Row {
  model: string
  id: string
  payload: AdapterPayload
  expiresAtMs: number
}

export type Store = ReturnType<typeof createStore>

/** What becomes of a refresh token that was used before. */
export interface ReusePolicy {
  /** Whether a second use ends the whole family (RFC 9700 §4.14.2) or is only refused. */
  endsFamily: () => boolean
  /** How long after its first use it may be used again, in seconds. */
  graceSeconds: () => number
}

const strict: ReusePolicy = { endsFamily: () => true, graceSeconds: () => 0 }

const sweepRowsMin = 5000

/**
 * The provider's memory. oidc-provider's own memory adapter is shared by every instance in the process and
 * forgets beyond 1000 rows, and its `consume` lets two simultaneous redemptions of one refresh token both
 * succeed; a strict provider must not.
 */
export function createStore(reuse: ReusePolicy = strict) {
  const rows = new Map<string, Row>()
  const families = new Map<string, Set<string>>()
  const endedGrants = new Set<string>()
  let sweepAboveRows = sweepRowsMin

  const put = (row: Row) => {
    const key = `${row.model}:${row.id}`
    rows.set(key, row)
    const { grantId } = row.payload
    if (!grantId) return
    const family = families.get(grantId)
    if (family) family.add(key)
    else families.set(grantId, new Set([key]))
  }

  const drop = (key: string) => {
    const grantId = rows.get(key)?.payload.grantId
    rows.delete(key)
    const family = grantId === undefined ? undefined : families.get(grantId)
    family?.delete(key)
    if (family?.size === 0) families.delete(grantId ?? '')
  }

  const familyOf = (grantId: string) => [...(families.get(grantId) ?? [])]

  const read = (model: string, id: string): Row | undefined => {
    const row = rows.get(`${model}:${id}`)
    if (row && row.expiresAtMs <= Date.now()) {
      drop(`${model}:${id}`)
      return undefined
    }
    return row
  }

  const sweep = () => {
    const now = Date.now()
    for (const [key, row] of rows) if (row.expiresAtMs <= now) drop(key)
    // Only when as many again have come: a sweep per token would make every token slower than the one before.
    sweepAboveRows = Math.max(sweepRowsMin, rows.size * 2)
  }

  const revokeGrant = (grantId: string) => {
    for (const key of familyOf(grantId)) drop(key)
    drop(`Grant:${grantId}`)
    endedGrants.add(grantId)
  }

  const inGrace = ({ consumed }: AdapterPayload) =>
    typeof consumed === 'number' && Date.now() < consumed * 1000 + reuse.graceSeconds() * 1000

  const adapter = (model: string): Adapter => ({
    async upsert(id, payload, expiresIn) {
      // A redemption under way while its family is revoked must not bring the family back.
      if (payload.grantId && endedGrants.has(payload.grantId))
        throw new errors.InvalidGrant('grant was revoked')
      if (rows.size > sweepAboveRows) sweep()
      const expiresAtMs = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000
      put({ model, id, payload, expiresAtMs })
    },
    async find(id) {
      const payload = read(model, id)?.payload
      if (!payload?.consumed || model !== 'RefreshToken') return payload
      if (inGrace(payload)) return { ...payload, consumed: undefined }
      return reuse.endsFamily() ? payload : undefined
    },
    async findByUid(uid) {
      for (const row of rows.values()) {
        if (row.model === model && row.payload.uid === uid) return read(model, row.id)?.payload
      }
      return undefined
    },
    async findByUserCode() {
      return undefined
    },
    async consume(id) {
      const payload = read(model, id)?.payload
      if (!payload) throw new errors.InvalidGrant('token is no longer valid')
      if (payload.consumed && inGrace(payload)) return
      if (payload.consumed) {
        // RFC 9700 §4.14.2: a second redemption means the token leaked, so the whole family goes.
        if (payload.grantId && reuse.endsFamily()) revokeGrant(payload.grantId)
        throw new errors.InvalidGrant('token already used')
      }
      payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      drop(`${model}:${id}`)
    },
    async revokeByGrantId(grantId) {
      for (const key of familyOf(grantId)) if (key.startsWith(`${model}:`)) drop(key)
    },
  })

  /** Withdraws every grant of one user, as if they had removed the app in their account settings. */
  const revokeAccount = (accountId: string): number => {
    const grants = [...rows.values()].filter(
      (row) => row.model === 'Grant' && row.payload.accountId === accountId,
    )
    for (const row of grants) revokeGrant(row.id)
    return grants.length
  }

  /** Ids of the grants of which a token is good: of access tokens any, of refresh tokens one that was not used yet. */
  const liveGrants = (): string[] => {
    const live = new Set<string>()
    for (const { model, id } of [...rows.values()]) {
      if (model !== 'AccessToken' && model !== 'RefreshToken') continue
      const payload = read(model, id)?.payload
      if (payload?.grantId && !payload.consumed) live.add(payload.grantId)
    }
    return [...live]
  }

  return { adapter, revokeAccount, liveGrants }
}
