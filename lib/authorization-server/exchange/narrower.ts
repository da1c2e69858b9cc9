import { isDeepStrictEqual } from 'node:util'
import type { AuthorizationDetail } from '#lib/scopes/schema'

const within = (
  asked: readonly string[] | undefined,
  most: readonly string[] | undefined,
  covers = (one: string, name: string) => one === name,
) => most === undefined || (asked?.every((name) => most.some((one) => covers(one, name))) ?? false)

const coversTool = (one: string, name: string) =>
  one === name || (one.endsWith('.*') && name.startsWith(one.slice(0, -1)))

/**
 * Whether whatever one authorization detail permits the other permits too. Where that cannot be told at a glance, as with
 * two patterns for one place, it is not.
 */
export function narrower(asked: AuthorizationDetail, most: AuthorizationDetail): boolean {
  const places = Object.entries(most.params ?? {})
  return (
    within(asked.tools, most.tools, coversTool) &&
    within(asked.connected_account_ids, most.connected_account_ids) &&
    places.every(([pointer, said]) => isDeepStrictEqual(asked.params?.[pointer], said)) &&
    (most.expires_at === undefined ||
      (asked.expires_at !== undefined && Date.parse(asked.expires_at) <= Date.parse(most.expires_at))) &&
    // Good once, and under the same name: under another it would be good once more.
    (most.jti === undefined || asked.jti === most.jti)
  )
}
