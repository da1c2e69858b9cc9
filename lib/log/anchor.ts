/**
 * One instance per process: a bundler may load this room several times, and two registries or two trace stores would
 * each see half of the truth.
 */
export function anchored<T>(name: string, make: () => T): T {
  const key = Symbol.for(`behalf.log.${name}`)
  const held: T | undefined = Reflect.get(globalThis, key)
  if (held !== undefined) return held
  const made = make()
  Reflect.set(globalThis, key, made)
  return made
}
