import type { Risk } from '#lib/connector-kit/schema'

/** The colour that stands for a risk; its word is `consent.risk_*`, the same for every organization. */
export const riskPaint: Record<Risk, string> = {
  read: 'bg-risk-read',
  write: 'bg-risk-write',
  send: 'bg-risk-send',
  admin: 'bg-risk-admin',
}

type Scoped = { required: boolean; was: 'new' | 'kept' | null }

/** The groups with only those scopes that are wanted; a group that has none is left out. */
export const groupsOf = <S extends Scoped, G extends { scopes: S[] }>(
  groups: readonly G[],
  wanted: (scope: S) => boolean,
): G[] =>
  groups
    .map((group) => ({ ...group, scopes: group.scopes.filter(wanted) }))
    .filter((group) => group.scopes.length > 0)
