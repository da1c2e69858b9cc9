// The console beside much of everything: filled, asked, and told. What it prints is for whoever runs it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Tenant } from '#lib/proof'
import { postmasterOf } from '../processor.ts'
import { type Figure, measured, readFigures } from './figures.ts'
import { forgetUse, tellIndexes } from './indexes.ts'
import { told } from './report.ts'
import { seedLarge } from './seed.ts'

const smallOrgs = 40

/** Which queries, by a part of their names, and how often each. */
export type Asked = { find: string | undefined; rounds: number }

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

/** Fills the database. */
export async function seeded(adminUrl: string, accounts: number): Promise<void> {
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
}

/** Asks everything that the console's pages ask, of the large organization of a database that is seeded. */
export async function consoleFigures(
  adminUrl: string,
  { find, rounds }: Asked,
): Promise<Map<string, Figure>> {
  const { queriesOf } = await import('./queries/index.ts')
  const [large] = await orgs()
  const queries = (await queriesOf(large)).filter(({ name }) => find === undefined || name.includes(find))
  console.log(`${queries.length} queries, load average ${loadavg()[0]?.toFixed(1)}`)
  return measured(queries, rounds, await postmasterOf(adminUrl))
}

/** The same of few, in a process and a database of their own: what one process learned of the one is not known of the other. */
function figuresOfFew({ find, rounds }: Asked): Map<string, Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'behalf-scale-few-'))
  try {
    const file = join(folder, 'figures.json')
    const program = fileURLToPath(new URL('./few.ts', import.meta.url))
    const asked = ['--rounds', String(rounds), ...(find === undefined ? [] : ['--find', find])]
    const { status } = spawnSync(process.execPath, [program, file, ...asked], { stdio: 'inherit' })
    if (status !== 0) throw new Error('few could not be measured')
    return readFigures(readFileSync(file, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Measures the console beside few and then, on the same machine, beside much.
 * @param adminUrl of a database that is seeded
 * @returns whether every bar was met
 */
export async function consoleAtScale(adminUrl: string, asked: Asked): Promise<boolean> {
  const few = figuresOfFew(asked)
  await forgetUse(adminUrl)
  const good = told(await consoleFigures(adminUrl, asked), few)
  await tellIndexes(adminUrl)
  return good
}
