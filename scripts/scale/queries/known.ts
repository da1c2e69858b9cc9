import { headOf } from '#lib/audit'
import type { ScopeRules } from '#lib/console'
import { forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'

export type Query = { name: string; run: () => Promise<unknown> }

/** Rows of a page and one more, as the console reads them; of an export; and as far as "all that match" is counted. */
export const [pageRows, exportRows, countedMost] = [51, 200, 10_000]

export const dayMs = 86_400_000

/** Some rows of the seeded organization, to ask for. */
export type Known = {
  from: number
  to: number
  /** Internal ids: of the agent that most accounts let in, one that many did, one that some did, and one that none did. */
  mostAgent: string
  manyAgent: string
  someAgent: string
  noAgent: string
  account: string
  events: number
}

export async function knownOf(tenant: Tenant): Promise<Known> {
  const org = tenant.orgId
  const [row] = await forOrg(
    tenant,
    (tx) => tx.$queryRaw<{ agents: string[]; account: string }[]>`
      SELECT ARRAY(SELECT id FROM agents WHERE org_id = ${org}::uuid ORDER BY id) AS agents,
        (SELECT id FROM connected_accounts WHERE org_id = ${org}::uuid ORDER BY id LIMIT 1) AS account`,
  )
  const to = Date.now()
  if (!row) throw new Error('nothing is seeded')
  const nth = (n: number) => row.agents.at(n) ?? ''
  return {
    ...{ from: to - 390 * dayMs, to, account: row.account, events: Number(await headOf(tenant)) },
    ...{ mostAgent: nth(0), manyAgent: nth(1), noAgent: nth(-1) },
    someAgent: nth(Math.floor(row.agents.length * 0.6)),
  }
}

/** An id of a moment, so that a page begins there. */
export function idAt(ms: number): string {
  const hex = Math.floor(ms).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

export const iso = (ms: number) => new Date(ms).toISOString()

export const users = { 'one user': 'user-5', 'a user of many': 'user-0', nobody: 'user-none' }

export const rules: ScopeRules = Object.fromEntries(
  ['github', 'google', 'slack', 'zendesk', 'airtable', 'sandbox'].map((id) => [
    id,
    { base: [], implies: {} },
  ]),
)
