import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'

interface Row {
  model: string
  id: string
  payload: AdapterPayload
  expiresAtMs: number
}

export type Store = ReturnType<typeof createStore>

const sweepAboveRows = 5000

/**
 * The provider's memory. oidc-provider's own memory adapter is shared by every instance in the process and
 * forgets beyond 1000 rows, and its `consume` lets two simultaneous redemptions of one refresh token both
 * succeed; a strict provider must not.
 */
export function createStore() {
  const rows = new Map<string, Row>()
  const endedGrants = new Set<string>()

  const read = (model: string, id: string): Row | undefined => {
    const row = rows.get(`${model}:${id}`)
    if (row && row.expiresAtMs <= Date.now()) {
      rows.delete(`${model}:${id}`)
      return undefined
    }
    return row
  }

  const sweep = () => {
    const now = Date.now()
    for (const [key, row] of rows) if (row.expiresAtMs <= now) rows.delete(key)
  }

  const revokeGrant = (grantId: string) => {
    for (const [key, row] of rows) if (row.payload.grantId === grantId) rows.delete(key)
    rows.delete(`Grant:${grantId}`)
    endedGrants.add(grantId)
  }

  const adapter = (model: string): Adapter => ({
    async upsert(id, payload, expiresIn) {
      // A redemption under way while its family is revoked must not bring the family back.
      if (payload.grantId && endedGrants.has(payload.grantId))
        throw new errors.InvalidGrant('grant was revoked')
      if (rows.size > sweepAboveRows) sweep()
      const expiresAtMs = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000
      rows.set(`${model}:${id}`, { model, id, payload, expiresAtMs })
    },
    async find(id) {
      return read(model, id)?.payload
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
      if (payload.consumed) {
        // RFC 9700 §4.14.2: a second redemption means the token leaked, so the whole family goes.
        if (payload.grantId) revokeGrant(payload.grantId)
        throw new errors.InvalidGrant('token already used')
      }
      payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      rows.delete(`${model}:${id}`)
    },
    async revokeByGrantId(grantId) {
      for (const [key, row] of rows) {
        if (row.model === model && row.payload.grantId === grantId) rows.delete(key)
      }
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

  return { adapter, revokeAccount }
}
