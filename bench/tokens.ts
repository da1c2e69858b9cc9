// What an access token costs at a resource: its signature and its claims each time, and everybody whom it names, who are
// known for half a second or looked up. In this process, over a database of its own.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { step } from '../scripts/install.mjs'
import { migrate } from '../scripts/migrate.ts'
import { startPostgres } from '../scripts/postgres.ts'
import { latencyOf } from './figures.ts'

/** What is asked of a token with everybody in it known, in milliseconds. */
const p50MsMax = 0.3

async function timed(works: readonly (() => Promise<unknown>)[]) {
  const latencies: number[] = []
  const before = process.cpuUsage()
  for (const work of works) {
    const start = performance.now()
    await work()
    latencies.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  return { ...latencyOf(latencies), cpuMs: (user + system) / 1000 / works.length }
}

/** An org with agents, and how a request with one of their tokens is read. */
async function start(folder: string, agents: number) {
  const postgres = await startPostgres({ dataDir: join(folder, 'data'), throwaway: true })
  await migrate({ adminUrl: await postgres.adminUrl('bench'), runtimeUrl: postgres.runtimeUrl('bench') })
  Object.assign(process.env, {
    DATABASE_URL: postgres.runtimeUrl('bench'),
    BEHALF_MASTER_KEY: randomBytes(32).toString('base64'),
    BEHALF_SESSION_SECRET: randomBytes(32).toString('base64url'),
    BEHALF_DATA_DIR: folder,
    LOG_LEVEL: 'error',
  })
  const { bootstrap } = await import('../scripts/bootstrap.ts')
  await bootstrap()
  const [identity, { disconnect, forOrg }, { ensureOrg }, { prepareOrgKeys }, { config }, testing] =
    await Promise.all([
      import('#lib/identity'),
      import('#lib/db'),
      import('#lib/tenancy'),
      import('#lib/vault'),
      import('#lib/config'),
      import('../scripts/testing/access-tokens.ts'),
    ])
  const tenant = await ensureOrg(identity.systemCaller('bench'), 'bench', prepareOrgKeys)
  const ids: string[] = []
  for (let n = 0; n < agents; n++)
    ids.push((await forOrg(tenant, (tx) => identity.createAgentIn(tx, tenant, { name: 'Bench' }))).id)
  const resource = `${config().publicUrl}/api/v1`
  const url = `${resource}/tools`
  const read = (headers: Record<string, string>) =>
    identity.authenticateAccessToken({
      ...{ headers: new Headers(headers), method: 'GET', url, resource, scopes: ['tools:read'] },
    })
  const stop = async () => {
    await disconnect()
    await postgres.stop()
  }
  const issue = (agent: string, more: object = {}) => testing.issueToken({ org: 'bench', agent, ...more })
  return { ids, url, read, issue, newHolder: testing.newHolder, stop }
}

/** @returns whether the bar was met */
export async function benchTokens(folder: string, count: number): Promise<boolean> {
  const rig = await step('Starting a database of its own', () => start(folder, 500))
  const [first = '', ...others] = rig.ids
  const token = await rig.issue(first)
  const one = () => rig.read({ authorization: `Bearer ${token}` })
  await timed(Array.from({ length: 2_000 }, () => one))
  const known = await timed(Array.from({ length: count }, () => one))
  const tokens = await Promise.all(others.map((agent) => rig.issue(agent)))
  const unknown = await timed(tokens.map((other) => () => rig.read({ authorization: `Bearer ${other}` })))
  const holder = await rig.newHolder()
  const bound = await rig.issue(first, { cnf: { jkt: holder.jkt } })
  const proofs = await Promise.all(others.map(() => holder.prove(bound, { method: 'GET', url: rig.url })))
  const proven = await timed(proofs.map((dpop) => () => rig.read({ authorization: `DPoP ${bound}`, dpop })))
  await rig.stop()
  const rows = [
    ['everybody in it known', known],
    ['everybody in it looked up', unknown],
    ['everybody known, with a proof of possession that is used up', proven],
  ] as const
  console.log('\n| an access token | p50 ms | p99 ms | processor ms |\n| --- | --- | --- | --- |')
  for (const [name, { p50Ms, p99Ms, cpuMs }] of rows)
    console.log(`| ${name} | ${p50Ms.toFixed(3)} | ${p99Ms.toFixed(3)} | ${cpuMs.toFixed(3)} |`)
  const met = known.p50Ms <= p50MsMax
  console.log(`\nbar: p50 with everybody known at most ${p50MsMax} ms: ${met ? 'met' : 'NOT MET'}`)
  return met
}
