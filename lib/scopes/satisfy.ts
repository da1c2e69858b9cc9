/** The scopes that a connection holds, with those that they carry (`repo` carries `public_repo`). */
export function expand(
  granted: readonly string[],
  implies: Readonly<Record<string, readonly string[]>>,
): ReadonlySet<string> {
  const held = new Set(granted)
  // A set grows while it is walked: what an implied scope implies is reached too.
  for (const scope of held) for (const implied of implies[scope] ?? []) held.add(implied)
  return held
}

/**
 * The first alternative that is held in full; a tool without alternatives needs nothing.
 * @returns `null` when none is
 */
export function satisfied(
  alternatives: readonly (readonly string[])[],
  held: ReadonlySet<string>,
): readonly string[] | null {
  if (alternatives.length === 0) return []
  return alternatives.find((all) => all.every((scope) => held.has(scope))) ?? null
}
