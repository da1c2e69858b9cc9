import type { Bed } from '../bed.ts'
import type { Account } from '../commands.ts'
import type { Product } from '../product.ts'
import { type Finding, finding, type Scenario } from '../scenario.ts'

const [org, otherOrg] = ['fault-v2', 'fault-v2-other']

type Tampering = { injected: string; edit: (bed: Bed, mine: Account, other: Account) => Promise<unknown> }

const columns = 'generation, key_version, sealed'

const tamperings: readonly Tampering[] = [
  {
    injected: 'ciphertexts of two accounts swapped',
    edit: (bed, mine, other) =>
      bed.cluster.tamper(
        `UPDATE credentials c SET sealed = o.sealed FROM credentials o
         WHERE (c.account_id, o.account_id) IN (($1::uuid, $2::uuid), ($2::uuid, $1::uuid))`,
        [mine.uuid, other.uuid],
      ),
  },
  {
    injected: 'ciphertext rolled back to an older generation, alone',
    edit: (bed, mine) =>
      bed.cluster.tamper(
        `UPDATE credentials c SET sealed = o.sealed FROM faults_older o
         WHERE o.account_id = c.account_id AND c.account_id = $1`,
        [mine.uuid],
      ),
  },
  {
    injected: 'ciphertext rolled back with its own row',
    edit: (bed, mine) =>
      bed.cluster.tamper(
        `UPDATE credentials c SET sealed = o.sealed, generation = o.generation, key_version = o.key_version
         FROM faults_older o WHERE o.account_id = c.account_id AND c.account_id = $1`,
        [mine.uuid],
      ),
  },
  {
    injected: 'ciphertext rolled back with its own row and its key',
    edit: async (bed, mine) => {
      await bed.cluster.tamper(
        `INSERT INTO keyring.credential_keys SELECT * FROM faults_older_keys WHERE account_id = $1`,
        [mine.uuid],
      )
      await bed.cluster.tamper(
        `UPDATE credentials c SET sealed = o.sealed, generation = o.generation, key_version = o.key_version
         FROM faults_older o WHERE o.account_id = c.account_id AND c.account_id = $1`,
        [mine.uuid],
      )
    },
  },
]

/** Calls with it, and asks for a renewal: neither may leave. */
async function attempt(bed: Bed, product: Product, account: Account, injected: string): Promise<Finding> {
  await bed.provider.reset()
  const alarmed = async () => {
    const [row] = await bed.cluster.sql<{ count: number }>(
      `SELECT count(*)::int FROM audit_events WHERE action = 'credential.integrity_failed'
         AND connected_account_id = $1`,
      [account.id],
    )
    return row?.count ?? 0
  }
  const before = await alarmed()
  const outcomes: string[] = []
  for (const work of ['execute', 'refresh'] as const) {
    const asks = { work, accounts: [account.id], org: account.org, workers: 1 }
    outcomes.push((await product.ask('each', asks)).failed[account.id] ?? 'succeeded')
  }
  const { token_refresh, api } = await bed.provider.state()
  const alarms = (await alarmed()) - before
  return finding(
    injected,
    {
      upstream: token_refresh + Object.values(api).reduce((sum, count) => sum + count, 0),
      'not refused': outcomes.filter((outcome) => outcome === 'succeeded').length,
    },
    {
      facts: { answered: [...new Set(outcomes)].join(', '), 'alarms in the audit': alarms },
      holds: alarms > 0,
    },
  )
}

export const tamperV2: Scenario = {
  fault: 'V2',
  name: 'tamper',
  inShort: true,
  plants: 'nothing tampered with',
  async run(bed) {
    const [product] = await bed.crewOf(1)
    if (!product) throw new Error('no process')
    const found: Finding[] = []
    for (const { injected, edit } of tamperings) {
      const [mine, other] = await bed.accounts(org, 2)
      if (!mine || !other) throw new Error('no accounts')
      await bed.cluster.sql('DROP TABLE IF EXISTS faults_older, faults_older_keys')
      await bed.cluster.sql(`CREATE TABLE faults_older AS SELECT account_id, ${columns} FROM credentials`)
      await bed.cluster.sql('CREATE TABLE faults_older_keys AS SELECT * FROM keyring.credential_keys')
      await bed.renewOnceMore(product, [mine, other])
      if (!bed.planted) await edit(bed, mine, other)
      found.push(await attempt(bed, product, mine, injected))
    }
    const [mine] = await bed.accounts(org, 1)
    const [theirs] = await bed.accounts(otherOrg, 1)
    if (!mine || !theirs) throw new Error('no accounts')
    await bed.cluster.tamper(
      `UPDATE credentials c SET sealed = o.sealed, key_version = o.key_version FROM credentials o
       WHERE c.account_id = $1 AND o.account_id = $2`,
      [theirs.uuid, mine.uuid],
    )
    found.push(await attempt(bed, product, theirs, "another org's ciphertext put in an account's row"))
    const [moved] = await bed.accounts(org, 1)
    const [place] = await bed.accounts(otherOrg, 1)
    if (!moved || !place) throw new Error('no accounts')
    await bed.cluster.tamper('DELETE FROM credentials WHERE account_id = $1', [place.uuid])
    await bed.cluster.tamper(
      `UPDATE credentials c SET org_id = a.org_id, account_id = a.id, connection_id = a.current_connection_id
       FROM connected_accounts a WHERE a.id = $2 AND c.account_id = $1`,
      [moved.uuid, place.uuid],
    )
    found.push(await attempt(bed, product, place, 'a whole credential row moved to another org'))
    await bed.cluster.sql('DROP TABLE IF EXISTS faults_older, faults_older_keys')
    return found
  },
}
