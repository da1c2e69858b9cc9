import { addRenewals, type RenewalOutcome } from '#lib/console'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'

const flushMs = 1_000

type Count = { tenant: Tenant; connector: string; outcome: RenewalOutcome; renewals: number }
const pending = new Map<string, Count>()
let timer: NodeJS.Timeout | null = null

/** What the vault says of a renewal that has an answer; whether one that was refused is dead or held is said later. */
export const outcomes: Readonly<Record<string, RenewalOutcome>> = {
  refreshed: 'renewed',
  overtaken: 'renewed',
  spooled: 'renewed',
  config: 'held',
  transient: 'held',
  lost: 'held',
}

/** Counts how a renewal ended, for the org's pictures; written in batches. What a process that dies counted is lost. */
export function countRenewal(tenant: Tenant, connector: string, outcome: RenewalOutcome | undefined): void {
  if (outcome === undefined) return
  const key = `${tenant.orgId}/${connector}/${outcome}`
  const renewals = (pending.get(key)?.renewals ?? 0) + 1
  pending.set(key, { tenant, connector, outcome, renewals })
  timer ??= setTimeout(() => void flushRenewals(), flushMs).unref()
}

/** Writes what was counted. */
export async function flushRenewals(): Promise<void> {
  if (timer) clearTimeout(timer)
  timer = null
  const counts = [...pending.values()]
  pending.clear()
  for (const { tenant, connector, outcome, renewals } of counts) {
    await addRenewals(tenant, connector, outcome, renewals).catch((err: unknown) =>
      log.warn({ err, connector, outcome }, 'renewals not counted'),
    )
  }
}
