// What the console's pages ask for, through the functions that they ask: every list by every filter and order, at its
// beginning and far down; every count, histogram and facet.
import { attentionOf } from '#lib/console'
import type { Tenant } from '#lib/proof'
import { activity } from './activity.ts'
import { audit } from './audit.ts'
import { connections, people } from './connections.ts'
import { knownOf, type Query, rules } from './known.ts'
import { others } from './others.ts'
import { requestsLog, usage } from './usage.ts'

/** A query's name begins with its group, up to the first colon. */
export async function queriesOf(tenant: Tenant): Promise<Query[]> {
  const known = await knownOf(tenant)
  return [
    { name: 'overview: all of it', run: () => attentionOf(tenant, rules) },
    ...connections(tenant, known),
    ...people(tenant, known),
    ...activity(tenant, known),
    ...others(tenant, known),
    ...audit(tenant, known),
    ...usage(tenant, known),
    ...requestsLog(tenant, known),
  ]
}
