import { lookupTenant, type OrgUsage, usageEverywhere } from '#lib/db'
import { standingsOf } from '#lib/limits'
import type { Tenant } from '#lib/proof'
import { getOrg } from '#lib/tenancy'

export type OrgLine = OrgUsage & { made: number; total: number }

/** What each org used, the costliest first; for operators of the deployment, who reach all of them. */
export async function orgsByUse(range: { since: Date; until: Date }): Promise<OrgLine[]> {
  const found = await usageEverywhere(range.since, range.until)
  return found
    .map((one) => {
      const made = one.succeeded + one.failed + one.unsettled
      return { ...one, made, total: made + one.denied }
    })
    .sort((a, b) => b.units - a.units || b.total - a.total)
}

export type NamedOrg = OrgLine & {
  id: string
  name: string
  /** The daily budget of the whole org that is fullest today. */
  budget: { name: string; used: number; most: number } | null
}

/** These orgs by name, each with what is left of its budget. */
export async function named(lines: readonly OrgLine[]): Promise<NamedOrg[]> {
  const rows = await Promise.all(
    lines.map(async (line) => {
      const tenant = await lookupTenant(line.orgId)
      if (!tenant) return null
      const [{ id, name }, budget] = await Promise.all([getOrg(tenant), budgetOf(tenant)])
      return { ...line, id, name, budget }
    }),
  )
  return rows.filter((row) => row !== null)
}

async function budgetOf(tenant: Tenant): Promise<NamedOrg['budget']> {
  const daily = (await standingsOf(tenant)).filter(
    ({ kind, per }) => (kind === 'daily_cost' || kind === 'daily_calls') && per.length === 0,
  )
  const [fullest] = daily.sort((a, b) => b.used / b.most - a.used / a.most)
  return fullest ? { name: fullest.name, used: fullest.used, most: fullest.most } : null
}
