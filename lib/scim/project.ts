import { plainName } from './filter.ts'
import { isObject, type Json } from './shape.ts'

/** Which attributes a client wants to see (RFC 7644 §3.9). */
export type Projection = { only: readonly string[] | null; without: readonly string[] }

const namesOf = (text: string | null): string[] =>
  (text ?? '')
    .slice(0, 2_000)
    .split(',')
    .map((name) => plainName(name.trim()))
    .filter((name) => name !== '')

export function readProjection(query: URLSearchParams): Projection {
  const only = namesOf(query.get('attributes'))
  return { only: only.length > 0 ? only : null, without: namesOf(query.get('excludedAttributes')) }
}

/** Whether an attribute of the first level is to be answered, so that what is not need not be read. */
export const shows = ({ only, without }: Projection, name: string): boolean => {
  const wanted = name.toLowerCase()
  return only === null
    ? !without.includes(wanted)
    : only.some((one) => one === wanted || one.startsWith(`${wanted}.`))
}

/** `id` and `schemas` are there whatever is asked. */
export function project(resource: Json, projection: Projection): Json {
  const { only, without } = projection
  const shown = Object.entries(resource).flatMap(([name, value]) => {
    if (name === 'id' || name === 'schemas') return [[name, value]]
    if (!shows(projection, name)) return []
    const below = (list: readonly string[]) =>
      list.flatMap((one) => (one.startsWith(`${name.toLowerCase()}.`) ? [one.slice(name.length + 1)] : []))
    const [subs, notSubs] = [below(only ?? []), below(only === null ? without : [])]
    const whole = only?.includes(name.toLowerCase()) ?? true
    const cut = (item: unknown) =>
      isObject(item)
        ? Object.fromEntries(
            Object.entries(item).filter(([key]) => {
              const small = key.toLowerCase()
              return (whole || subs.includes(small)) && !notSubs.includes(small)
            }),
          )
        : item
    return [[name, Array.isArray(value) ? value.map(cut) : cut(value)]]
  })
  return Object.fromEntries(shown)
}
