/** The address of a page with this filter, some of it changed; what is `null` is left out. */
export function hrefWith(
  path: string,
  given: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>> = {},
): string {
  const all = Object.entries({ ...given, ...change }).filter(
    (one): one is [string, string] => one[1] !== null && one[1] !== '',
  )
  const query = new URLSearchParams(all).toString()
  return query ? `${path}?${query}` : path
}
