import { anchored } from '#lib/log'
import type { Tenant } from '#lib/proof'

// Calls of one org that are under way at the same time, those aside that wait for their provider: soon they all want the
// same of the database, and what one statement asks for all of them costs little more than for one.

const crowds = anchored('crowds', () => new Map<string, number>())

function count({ orgId }: Tenant, by: 1 | -1): void {
  const now = (crowds.get(orgId) ?? 0) + by
  if (now === 0) crowds.delete(orgId)
  else crowds.set(orgId, now)
}

/** Counts a call in while `work` runs. */
export async function inCrowd<T>(tenant: Tenant, work: () => Promise<T>): Promise<T> {
  count(tenant, 1)
  try {
    return await work()
  } finally {
    count(tenant, -1)
  }
}

/** Counts a call out while `work` runs. */
export async function outOfCrowd<T>(tenant: Tenant, work: () => Promise<T>): Promise<T> {
  count(tenant, -1)
  try {
    return await work()
  } finally {
    count(tenant, 1)
  }
}

/** How many are worth waiting a moment for: half of them, as the others are on their way to another statement. */
export const expectedOf = ({ orgId }: Tenant): number => (crowds.get(orgId) ?? 0) / 2
