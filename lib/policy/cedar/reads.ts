import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'

/** What a set of policies can look at. */
export type Reads = {
  /** The attributes of the context, and of each the fields, or all of it. */
  context: 'everything' | ReadonlyMap<string, 'whole' | ReadonlySet<string>>
  /** The attributes of the principal, the account and its user, by name. */
  attributes: ReadonlySet<string>
}

export const readsNothing: Reads = { context: new Map(), attributes: new Set() }

const isRecord = (node: unknown): node is Record<string, unknown> => typeof node === 'object' && node !== null

/** `context.a.b` as `['a', 'b']`; `null` for what does not begin at the context. */
function pathOf(node: unknown): string[] | null {
  if (!isRecord(node)) return null
  if (node.Var === 'context') return []
  const access = node['.']
  if (!isRecord(access) || typeof access.attr !== 'string') return null
  const path = pathOf(access.left)
  return path && [...path, access.attr]
}

/**
 * Cedar has no access by a name that is computed: what no policy names, no policy sees. Most of what a decision costs
 * is handing the facts over, so that the rest stays at home.
 */
export function readsOf(policies: readonly PolicyJson[]): Reads {
  const found = new Map<string, 'whole' | Set<string>>()
  const attributes = new Set<string>()
  let everything = false

  function note([attribute, field]: readonly string[], whole: boolean): void {
    if (attribute === undefined) {
      everything = true
      return
    }
    const known = found.get(attribute) ?? new Set<string>()
    if (field === undefined && whole) found.set(attribute, 'whole')
    else if (known !== 'whole') found.set(attribute, field === undefined ? known : known.add(field))
  }

  function walk(node: unknown): void {
    if (!isRecord(node)) return
    // A user who is named is looked up as the account's would be.
    if (node.type === 'User') attributes.add('user')
    const path = pathOf(node)
    if (path) {
      note(path, true)
      return
    }
    const test = node.has
    const tested = isRecord(test) ? pathOf(test.left) : null
    if (isRecord(test) && tested) {
      note([...tested, ...[test.attr].flat().map(String)], false)
      return
    }
    for (const access of [test, node['.']]) {
      if (isRecord(access)) for (const attr of [access.attr].flat()) attributes.add(String(attr))
    }
    for (const inner of Object.values(node)) walk(inner)
  }

  for (const { conditions } of policies) walk(conditions)
  return { context: everything ? 'everything' : found, attributes }
}
