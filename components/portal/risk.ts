import type { Risk } from '#lib/connector-kit/schema'

/** The word that stands for a risk on the consent screen; the same for every organization. */
export const riskWords: Record<Risk, { title: string; paint: string }> = {
  read: { title: 'See', paint: 'bg-risk-read' },
  write: { title: 'Create and change', paint: 'bg-risk-write' },
  send: { title: 'Send to others', paint: 'bg-risk-send' },
  admin: { title: 'Delete, spend or administer', paint: 'bg-risk-admin' },
}

type Scoped = { required: boolean }

/** The groups with only the required, or only the optional scopes; a group that has none is left out. */
export const groupsOf = <S extends Scoped, G extends { scopes: S[] }>(
  groups: readonly G[],
  required: boolean,
): G[] =>
  groups
    .map((group) => ({ ...group, scopes: group.scopes.filter((scope) => scope.required === required) }))
    .filter((group) => group.scopes.length > 0)

/** Names in a sentence: `A`, `A and B`, `A, B and C`. */
export const namesInWords = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
