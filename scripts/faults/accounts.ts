// What became of accounts: the product's books beside the provider's.
import type { Redemption } from '../../sandbox/faults.ts'
import type { Cluster } from './cluster.ts'
import type { Account } from './commands.ts'

export type Fate = {
  account: Account
  status: string
  reason: string | null
  /** Of the credential, dead ones included; 0 where there is none. */
  generation: number
  dead: boolean
  refreshable: boolean
  /** Whether a refresh was begun whose end is not known yet. */
  open: boolean
  /** How often the provider rotated the tokens of its grant. */
  redeemed: number
}

type Row = {
  id: string
  status: string
  status_reason: string | null
  generation: number | null
  dead: boolean | null
  refreshable: boolean | null
  open: boolean | null
}

export async function fatesOf(
  cluster: Cluster,
  accounts: readonly Account[],
  redemptions: readonly Redemption[],
): Promise<Fate[]> {
  const rows = await cluster.sql<Row>(
    `SELECT a.id, a.status, a.status_reason, c.generation::int, c.dead_at IS NOT NULL AS dead, c.refreshable,
       c.refresh_intent IS NOT DISTINCT FROM c.generation AS open
     FROM connected_accounts a LEFT JOIN credentials c ON c.org_id = a.org_id AND c.account_id = a.id
     WHERE a.id = ANY($1::uuid[])`,
    [accounts.map(({ uuid }) => uuid)],
  )
  const found = new Map(rows.map((row) => [row.id, row]))
  const redeemed = new Map<string, number>()
  for (const { grant, status } of redemptions)
    if (grant !== null && status === 200) redeemed.set(grant, (redeemed.get(grant) ?? 0) + 1)
  return accounts.map((account) => {
    const row = found.get(account.uuid)
    return {
      account,
      status: row?.status ?? 'absent',
      reason: row?.status_reason ?? null,
      generation: row?.generation ?? 0,
      dead: row?.dead ?? row?.generation === null,
      refreshable: row?.refreshable ?? false,
      open: (row?.open ?? false) && row?.dead === false,
      redeemed: redeemed.get(account.grant) ?? 0,
    }
  })
}

/** The provider rotated for the newest generation, and the database never heard of it. */
const pairIsGone = ({ generation, redeemed }: Fate): boolean => redeemed === generation

export type Books = {
  /** Lost between the provider's answer and the commit, found, and reported as `rotation_lost`. */
  explained: Fate[]
  /** Dead although the provider never rotated for it, or dead for another reason. */
  unexplained: Fate[]
  /** In use although the pair is gone at us, or with a pair that the provider never gave. */
  silent: Fate[]
  /** In use without a refresh token. */
  nulled: Fate[]
  active: Fate[]
}

/** Sorts settled accounts, in good standing at the provider, by what happened to them. Single-use rotation only. */
export function balance(fates: readonly Fate[]): Books {
  const dead = fates.filter(({ status, dead: over }) => status !== 'active' || over)
  const active = fates.filter((fate) => !dead.includes(fate))
  const explained = dead.filter(
    (fate) => fate.status === 'needs_reauth' && fate.reason === 'rotation_lost' && pairIsGone(fate),
  )
  return {
    explained,
    unexplained: dead.filter((fate) => !explained.includes(fate)),
    silent: active.filter(({ generation, redeemed }) => generation !== redeemed + 1),
    nulled: active.filter(({ refreshable }) => !refreshable),
    active,
  }
}

/** How often one refresh token was taken to the provider at most, and how many were honoured more than once. */
export function usesOf(redemptions: readonly Redemption[]): { usesMax: number; honouredTwice: number } {
  const uses = new Map<string, { all: number; honoured: number }>()
  for (const { token, status } of redemptions) {
    const use = uses.get(token) ?? { all: 0, honoured: 0 }
    uses.set(token, { all: use.all + 1, honoured: use.honoured + (status === 200 ? 1 : 0) })
  }
  return {
    usesMax: Math.max(0, ...[...uses.values()].map(({ all }) => all)),
    honouredTwice: [...uses.values()].filter(({ honoured }) => honoured > 1).length,
  }
}

/** The most requests that fell into any span of so many seconds. */
export function mostWithin(redemptions: readonly Redemption[], seconds: number): number {
  const at = redemptions.map(({ received_ms }) => received_ms).sort((one, other) => one - other)
  let most = 0
  let from = 0
  for (let to = 0; to < at.length; to++) {
    while ((at[to] ?? 0) - (at[from] ?? 0) >= seconds * 1000) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}
