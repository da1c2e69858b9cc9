/**
 * A copy of a JSON value with every text in it put through `change`, names of fields included.
 * @param change gets the name under which a text stands; `null` for one that is a name itself, or in no object
 * @param number what becomes of numbers; they stay unless told
 */
export function mapStrings(
  value: unknown,
  change: (text: string, key: string | null) => string,
  number: (value: number, key: string | null) => unknown = (same) => same,
  key: string | null = null,
): unknown {
  if (typeof value === 'string') return change(value, key)
  if (typeof value === 'number') return number(value, key)
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change, number, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      change(name, null),
      mapStrings(inner, change, number, name),
    ]),
  )
}

/** Every text of a JSON value, names of fields included. */
export function* stringsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (Array.isArray(value)) for (const item of value) yield* stringsOf(item)
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) {
      yield name
      yield* stringsOf(inner)
    }
}
