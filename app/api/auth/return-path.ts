/**
 * Where in the console somebody wanted to be before they signed in. Whatever leads out of it is no such place, however
 * it is written: only what the address of a page here would be is let through.
 * @param origin the deployment's own
 * @returns path and query of a page of the console; `null` for anything else
 */
export function returnPath(wanted: unknown, origin: string): string | null {
  if (typeof wanted !== 'string' || wanted.length > 500 || !URL.canParse(wanted, origin)) return null
  const { origin: of, pathname, search, username, password } = new URL(wanted, origin)
  if (of !== new URL(origin).origin || username !== '' || password !== '') return null
  const inConsole = pathname.startsWith('/console/') && !pathname.startsWith('/console/sign-in')
  return inConsole ? `${pathname}${search}` : null
}
