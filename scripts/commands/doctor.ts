import { pool } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentTenant } from '#lib/tenancy'
import { orgHmac } from '#lib/vault'
import { pendingMigrations } from '../migrate.ts'
import { type Command, readArgs, type Terminal } from './command.ts'
import { type Here, operator, withDatabase } from './here.ts'

/** A check that fails makes those after it meaningless, so the first failure ends the visit. */
type Check = { name: string; look: (here: Here) => Promise<string> }

const checks: readonly Check[] = [
  { name: 'Configuration', look: async ({ setup }) => `${setup.publicUrl}, ${bindOf(setup)}` },
  { name: 'Database', look: databaseAnswers },
  { name: 'Migrations', look: migrationsApplied },
  { name: 'Master key', look: masterKeyFits },
  { name: 'Job queue', look: queueFlows },
]

export const doctor: Command = {
  name: 'doctor',
  usage: '',
  summary: 'looks at configuration, database, migrations, master key and job queue',
  async run(args, terminal) {
    readArgs(args, [])
    let next = 0
    try {
      await withDatabase(terminal.env, async (here) => {
        for (const { name, look } of checks) {
          say(terminal, '✓', name, await look(here))
          next++
        }
      })
      return 0
    } catch (error) {
      say(terminal, '✗', checks[next]?.name ?? '', reasonOf(error))
      return 1
    }
  },
}

const say = ({ print }: Terminal, mark: string, name: string, line: string) =>
  print(`${mark} ${name.padEnd(15)}${line}`)

const reasonOf = (error: unknown): string => {
  if (error instanceof AppError) return error.internal ?? error.message
  return error instanceof Error ? error.message : String(error)
}

const bindOf = ({ host, port, sandbox }: Here['setup']) =>
  `listening on ${host}:${port}, practice provider ${sandbox ? 'on' : 'off'}`

/** Reading what is pending looks at the server's version, and that the login is bound by row level security. */
async function databaseAnswers({ runtimeUrl, setup }: Here): Promise<string> {
  await pendingMigrations(runtimeUrl)
  const { rows } = await pool().query<{ version: string }>(
    `SELECT current_setting('server_version') AS version`,
  )
  return `Postgres ${rows[0]?.version}${setup.embedded ? ', embedded' : ''}, the login is bound by row level security`
}

async function migrationsApplied({ runtimeUrl }: Here): Promise<string> {
  const pending = await pendingMigrations(runtimeUrl)
  if (pending.length > 0) throw new Error(`${pending.join(', ')} missing: run \`npm run behalf -- migrate\``)
  return 'all applied'
}

async function masterKeyFits(): Promise<string> {
  await orgHmac(deploymentTenant(operator), 'readiness', 'probe')
  return "opens the deployment's data key"
}

async function queueFlows(): Promise<string> {
  const { rows } = await pool().query<{ waiting: number; overdue: number; dead: number }>(
    `SELECT count(*)::int AS waiting,
       count(*) FILTER (WHERE run_at < now() - interval '5 minutes' AND locked_at IS NULL
         AND attempts < max_attempts)::int AS overdue,
       count(*) FILTER (WHERE attempts >= max_attempts)::int AS dead
     FROM graphile_worker.jobs`,
  )
  const { waiting = 0, overdue = 0, dead = 0 } = rows[0] ?? {}
  if (overdue > 0) throw new Error(`${overdue} jobs are more than 5 minutes late: is a worker running?`)
  return `${waiting} jobs waiting, ${dead} given up`
}
