import { v7 } from 'uuid'

export { drawBytes } from './random.ts'
export { newToken, sha256 } from './token.ts'

/** The prefix of each public id; the rest is the row's UUIDv7 in 32 hexadecimal digits. */
export const prefixes = {
  agent: 'ag',
  agent_credential: 'agc',
  agent_grant: 'gr',
  agent_toolset: 'ts',
  api_key: 'key',
  approval: 'ap',
  audit_event: 'ae',
  audit_stream: 'as',
  auth_config: 'ac',
  connect_session: 'cs',
  connected_account: 'ca',
  connection: 'cn',
  connection_request: 'cr',
  custom_domain: 'dom',
  end_user: 'usr',
  event: 'evt',
  execution: 'ex',
  incident: 'inc',
  legal_hold: 'lh',
  limit: 'lim',
  member: 'mem',
  organization: 'org',
  policy: 'pol',
  policy_case: 'pc',
  policy_version: 'pv',
  revocation: 'rev',
  revocation_request: 'rvr',
  saved_view: 'view',
  scim_group: 'grp',
  scim_token: 'scim',
  scope_ceiling: 'sc',
  sso_connection: 'ssoc',
  sso_domain: 'ssod',
  sso_key: 'sso',
  stop: 'stp',
} as const

/** The organization that stands for the deployment itself (migration 0002, `deployment_org()`). */
export const deploymentOrgId = '00000000-0000-0000-0000-000000000000'

export type IdKind = keyof typeof prefixes

/** A new UUIDv7 (RFC 9562 §5.7): made here because PostgreSQL before 18 has no `uuidv7()`. */
export const newId = (): string => v7()

/**
 * The least UUIDv7 of a moment (RFC 9562 §5.7): what is kept by such a key is found by its time without an index of it.
 * @param at before 1970 it is taken for then
 */
export function leastIdAt(at: Date): string {
  const ms = Math.min(Math.max(at.getTime(), 0), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`
}

/** The public form of an internal id, such as `ca_0190…`. */
export function publicId(kind: IdKind, uuid: string): string {
  return `${prefixes[kind]}_${uuid.replaceAll('-', '')}`
}

/** The internal id behind a public one, or `null` where the text is no id of that kind. */
export function parseId(kind: IdKind, text: string): string | null {
  const match = /^([a-z]+)_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(text)
  if (match?.[1] !== prefixes[kind]) return null
  return match.slice(2).join('-')
}
