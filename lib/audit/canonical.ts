import canonicalize from 'canonicalize'

// `JSON.stringify` writes strings and numbers as RFC 8785 does. What is left is the order of keys, and an engine orders
// those that look like numbers by itself, whatever the order they were given in.
const orderedByEngine = /^(\d|__proto__$)/

/** The same value with its keys in order; `undefined` where an engine would order them otherwise. */
function ordered(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const all = value.map(ordered)
    return all.includes(undefined) ? undefined : all
  }
  const from = value as Record<string, unknown>
  if (typeof from.toJSON === 'function') return undefined
  const into: Record<string, unknown> = {}
  for (const key of Object.keys(from).sort()) {
    if (orderedByEngine.test(key)) return undefined
    const one = ordered(from[key])
    if (one === undefined) return undefined
    into[key] = one
  }
  return into
}

/**
 * Canonical JSON (RFC 8785) of plain data: what `canonicalize` writes, several times as fast for an event.
 * @throws Error for what no JSON has, and for lone surrogates
 */
export function canonicalJson(value: Readonly<Record<string, unknown>>): string {
  const sorted = ordered(value)
  const text = sorted === undefined ? undefined : JSON.stringify(sorted)
  // Lone surrogates come out escaped, and nothing else that begins so.
  if (text === undefined || text.includes('\\ud')) return canonicalize(value) ?? ''
  return text
}
