import { limitsFact, type StopFact, stopsFact } from '#lib/limits'
import { type LoadedPolicies, type PoliciesFactRow, policiesFact } from '#lib/policy'

export type OrgFactRow = { policies: PoliciesFactRow; stops: unknown; limits: unknown; gone: boolean }

/** What of an org itself every call is judged by. */
export type OrgRead = {
  policies: LoadedPolicies
  /** Those that hold for more than one user. */
  stops: readonly StopFact[]
  limitsVersion: string
  /** Whether it was deleted: nothing of it is to be found any more, whatever is left of it. */
  gone: boolean
}

/** An expression over `ctx.org`, answered as JSON. */
export const orgFacts = {
  select: `json_build_object('policies', ${policiesFact.select}, 'stops', ${stopsFact.ofOrg({ org: 'ctx.org' })},
    'limits', ${limitsFact.sql({ org: 'ctx.org' })},
    'gone', EXISTS (SELECT FROM organizations o WHERE o.id = ctx.org AND o.deleted_at IS NOT NULL))`,
  parse: (row: OrgFactRow): OrgRead => ({
    policies: policiesFact.parse(row.policies),
    stops: stopsFact.parse(row.stops),
    limitsVersion: limitsFact.parse(row.limits),
    gone: row.gone,
  }),
}
