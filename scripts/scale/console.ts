import { loadavg } from 'node:os'
import type { Tenant } from '#lib/proof'
import { postmasterOf } from '../processor.ts'
import { measured } from './figures.ts'
import { forgetUse, tellIndexes } from './indexes.ts'
import { told } from './report.ts'
import { seedLarge } from './seed.ts'

/** Accounts of the small organization, beside which all is asked first. */
const few = 10_000
const smallOrgs = 40

/** The organizations that are filled, the large one first. */
async function orgs(): Promise<[large: Tenant, ...small: Tenant[]]> {
  const { systemCaller } = await import('#lib/identity')
  const { ensureOrg } = await import('#lib/tenancy')
  const { prepareOrgKeys } = await import('#lib/vault')
  const made = (name: string) => ensureOrg(systemCaller('scale'), name, prepareOrgKeys)
  const large = await made('large')
  const small: Tenant[] = []
  for (let at = 1; at <= smallOrgs; at++) small.push(await made(`small-${at}`))
  return [large, ...small]
}

/** Fills the database. @returns the large organization */
export async function seeded(adminUrl: string, accounts: number): Promise<Tenant> {
  const all = await orgs()
  const startedAt = performance.now()
  const parts = await seedLarge(
    adminUrl,
    all.map(({ orgId }) => orgId),
    accounts,
  )
  const { rollUsage } = await import('#lib/console')
  await rollUsage(all[0])
  const seconds = (performance.now() - startedAt) / 1_000
  console.log(`seeded ${accounts} accounts, ${accounts * 10} events in ${seconds.toFixed(0)} s (${parts})`)
  return all[0]
}

/**
 * Asks everything that the console's pages ask, of an organization with few accounts and of one with many.
 * @param given.accounts of the large one; `null` where the database is seeded already: then there is no growth to be told
 * @returns whether every bar was met
 */
export async function consoleAtScale(
  adminUrl: string,
  { accounts, find, rounds }: { accounts: number | null; find: string | undefined; rounds: number },
): Promise<boolean> {
  const { queriesOf } = await import('./queries/index.ts')
  const postmaster = await postmasterOf(adminUrl)
  const figuresOf = async (tenant: Tenant) => {
    const queries = (await queriesOf(tenant)).filter(({ name }) => find === undefined || name.includes(find))
    console.log(`${queries.length} queries, load average ${loadavg()[0]?.toFixed(1)}`)
    return measured(queries, rounds, postmaster)
  }
  const small = accounts === null ? null : await figuresOf(await seeded(adminUrl, few))
  const large = accounts === null ? (await orgs())[0] : await seeded(adminUrl, accounts)
  await forgetUse(adminUrl)
  const figures = await figuresOf(large)
  const good = told(figures, small)
  await tellIndexes(adminUrl)
  return good
}
