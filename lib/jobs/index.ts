import { Logger, run } from 'graphile-worker'
import { pool, type Tx } from '#lib/db'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'

/** Every job there is, with its payload: ids only, never a secret. */
export type Jobs = {
  execute_approval: { approval_id: string }
  settle_revocation: { revocation_id: string }
  settle_mass_revocation: { revocation_id: string }
  stop_batch: { batch_id: string }
  give_back_answers: Record<string, never>
  rewrap_keys: { rotation_id: string }
  reencrypt_org: { rotation_id: string }
  hourly: Record<string, never>
  keep_audit: Record<string, never>
  sign_audit_heads: Record<string, never>
  send_mail: { mail_id: string }
  sweep: Record<string, never>
}

type Payload<Name extends keyof Jobs> = Jobs[Name] & { org_id: string }

/**
 * Queues a job in the transaction of what calls for it: both happen or neither does.
 * @param options.runInSeconds earliest start from now; `key` replaces a job of the same name that has not run
 */
export async function enqueueIn<Name extends keyof Jobs>(
  tx: Tx,
  tenant: Tenant,
  name: Name,
  payload: Jobs[Name],
  options: { runInSeconds?: number; key?: string } = {},
): Promise<void> {
  const body = JSON.stringify({ ...payload, org_id: tenant.orgId })
  await tx.$executeRaw`SELECT graphile_worker.add_job(${name}::text, ${body}::json,
    run_at => now() + make_interval(secs => ${options.runInSeconds ?? 0}), job_key => ${options.key ?? null}::text)`
}

export type Handlers = {
  [Name in keyof Jobs]: (payload: Payload<Name>, signal: AbortSignal) => Promise<void>
}

const logger = new Logger(() => (level, message) => {
  if (level === 'error') log.error({ room: 'jobs' }, message)
  else if (level === 'warning') log.warn({ room: 'jobs' }, message)
})

/**
 * Works the queue until stopped; a job that throws is tried again with growing pauses, and one that keeps failing
 * stays in the table without holding up others.
 * @param cron `crontab` lines for the jobs that run by the clock
 */
export async function startWorker(handlers: Handlers, cron: string): Promise<{ stop: () => Promise<void> }> {
  const runner = await run({
    pgPool: pool(),
    logger,
    noHandleSignals: true,
    concurrency: 5,
    pollInterval: 2_000,
    crontab: cron,
    taskList: Object.fromEntries(
      Object.entries(handlers).map(([name, handle]) => [
        name,
        (payload: unknown, helpers: { abortSignal?: AbortSignal }) =>
          handle(payload as never, helpers.abortSignal ?? new AbortController().signal),
      ]),
    ),
  })
  return { stop: () => runner.stop() }
}

/** Whether the queue can be read. */
export async function probeQueue(): Promise<void> {
  await pool().query('SELECT 1 FROM graphile_worker.jobs LIMIT 1')
}
