import type { AuditEvent } from '#lib/audit/schema'

/** The event's fields that a sentence is made of. */
export type Told = Pick<
  AuditEvent,
  'action' | 'outcome' | 'user_id' | 'actor' | 'tool_name' | 'error_code' | 'details'
> & {
  /** What people call the actor, where that is known. */
  who?: string | undefined
}

const actors: Record<string, string> = {
  api_key: 'A secret key',
  root_key: 'The root key',
  agent: 'An agent',
  member: 'An admin',
  scim_token: 'The identity provider',
  system: 'Behalf',
}

const whoDid = ({ actor, user_id, who }: Told): string => who ?? nameless(actor, user_id)

const nameless = (actor: Told['actor'], user_id: string | null): string =>
  actor.type === 'end_user' ? (user_id ?? 'A user') : (actors[actor.type] ?? capital(words(actor.type)))

const words = (name: string): string => name.replaceAll('_', ' ')
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The user whom something was done to or for; not named again when the user did it. */
const forUser = ({ actor, user_id }: Told, preposition: string): string =>
  user_id === null || actor.type === 'end_user' ? '' : ` ${preposition} ${user_id}`

const account = (event: Told): string =>
  event.actor.type === 'end_user' ? 'an account' : `an account${forUser(event, 'of')}`

/** What was done, by action: what follows the actor when it worked, and what was tried when it did not. */
const verbs: Record<string, { did: (event: Told) => string; tried: (event: Told) => string }> = {
  'tool.executed': {
    did: (event) => `ran ${event.tool_name ?? 'a tool'}${forUser(event, 'for')}`,
    tried: (event) => `run ${event.tool_name ?? 'a tool'}${forUser(event, 'for')}`,
  },
  'connect_session.created': {
    did: ({ user_id }) => `invited ${user_id ?? 'a user'} to connect`,
    tried: ({ user_id }) => `invite ${user_id ?? 'a user'} to connect`,
  },
  'connect_session.cancelled': {
    did: (event) => `withdrew the invitation${forUser(event, 'of')}`,
    tried: (event) => `withdraw the invitation${forUser(event, 'of')}`,
  },
  'connection.approved': {
    did: () => 'approved access to an account',
    tried: () => 'approve access to an account',
  },
  'connection.created': {
    did: (event) => `connected ${account(event)}`,
    tried: (event) => `connect ${account(event)}`,
  },
  'connected_account.revoked': {
    did: (event) => `revoked ${account(event)}`,
    tried: (event) => `revoke ${account(event)}`,
  },
  'connected_account.paused': {
    did: (event) => `paused ${account(event)}`,
    tried: (event) => `pause ${account(event)}`,
  },
  'connected_account.resumed': {
    did: (event) => `resumed ${account(event)}`,
    tried: (event) => `resume ${account(event)}`,
  },
  'connected_account.refreshed': {
    did: (event) => `renewed the credential of ${account(event)}`,
    tried: (event) => `renew the credential of ${account(event)}`,
  },
  'connected_accounts.revoked': {
    did: ({ details }) =>
      details.accounts === 1 ? 'revoked 1 account' : `revoked ${details.accounts ?? 'all'} accounts at once`,
    tried: () => 'revoke many accounts at once',
  },
  'connection.scopes_changed': {
    did: (event) => `changed what ${account(event)} may be used for`,
    tried: (event) => `change what ${account(event)} may be used for`,
  },
  'connection_request.created': {
    did: () => 'asked for the approval of a connection',
    tried: () => 'ask for the approval of a connection',
  },
  'key.rotation_started': {
    did: ({ details }) =>
      details.kind === 'rewrap'
        ? "began to re-wrap all organizations' keys"
        : 'began to replace the data key',
    tried: () => 'rotate keys',
  },
  'member.signed_in': { did: () => 'signed in to the console', tried: () => 'sign in to the console' },
  'member.signed_out': { did: () => 'signed out of the console', tried: () => 'sign out of the console' },
}

const call = (event: Told): string => `${event.tool_name ?? 'a tool'}${forUser(event, 'for')}`

const whose = ({ user_id }: Told): string => (user_id === null ? '' : ` of ${user_id}`)

/** Actions whose name says how it went already: the whole sentence, whatever the outcome. */
const whole: Record<string, (event: Told) => string> = {
  'connection_request.approved': (event) => `${whoDid(event)} approved a connection${whose(event)}`,
  'connection_request.denied': (event) => `${whoDid(event)} denied a connection${whose(event)}`,
  'connection_request.expired': (event) => `A request${whose(event)} for a connection has run out`,
  'approval.requested': (event) => `${whoDid(event)} asked for an approval of ${call(event)}`,
  'approval.viewed': (event) => `${whoDid(event)} looked at what waits for an approval: ${call(event)}`,
  'approval.approved': (event) => `${whoDid(event)} approved ${call(event)}`,
  'approval.denied': (event) => `${whoDid(event)} denied ${call(event)}`,
  'approval.withdrawn': (event) => `${whoDid(event)} withdrew ${call(event)}, which waited for an approval`,
  'approval.expired': (event) => `Nobody approved ${call(event)} in time, or it was not made in time`,
  'approval.refused': (event) => `An approved call was not made: ${call(event)}${because(event)}`,
  'approval.executed': (event) => `An approved call was made: ${call(event)}${because(event)}`,
  'revocation.requested': (event) => `${whoDid(event)} asked that everything be revoked`,
  'revocation.approved': (event) => `${whoDid(event)} approved that everything be revoked`,
  'revocation.denied': (event) => `${whoDid(event)} denied that everything be revoked`,
  'revocation.withdrawn': (event) => `${whoDid(event)} took back that everything be revoked`,
  'revocation.expired': () => 'Nobody approved in time that everything be revoked',
  'audit.read': (event) => `${whoDid(event)} looked at the audit`,
  'audit.exported': (event) => `${whoDid(event)} exported the audit`,
  'audit.retained': ({ details }) =>
    `Retention let go of ${details.events} events, through number ${details.through}`,
  'execution.read': (event) => `${whoDid(event)} looked at the calls of tools`,
  'report.exported': (event) => `${whoDid(event)} made a report for auditors`,
  'legal_hold.placed': (event) => `${whoDid(event)} placed a legal hold on the audit`,
  'legal_hold.lifted': (event) => `${whoDid(event)} lifted a legal hold`,
  'audit_stream.created': (event) => `${whoDid(event)} began to stream the audit to ${event.details.url}`,
  'audit_stream.changed': (event) => `${whoDid(event)} changed a stream of the audit`,
  'audit_stream.deleted': (event) => `${whoDid(event)} ended a stream of the audit`,
  'root_key.used': () => 'The root key was used',
  'member.sign_in_refused': (event) =>
    `Somebody was not let in to the console by single sign-on${because(event)}`,
  'member.sso_joined': (event) => `${whoDid(event)} joined their account to single sign-on`,
  'sign_in.sso_requirement_changed': (event) =>
    event.details.required === true
      ? `${whoDid(event)} required single sign-on of all members`
      : `${whoDid(event)} lets members sign in by links again`,
  'authentication.refused': () => 'A credential was refused',
  'member.sign_in_link_issued': (event) => `${whoDid(event)} issued a sign-in link for the console`,
  'connection.declined': (event) => `${whoDid(event)} declined to connect an account`,
  'connection.failed': (event) => `Connecting an account${whose(event)} failed${because(event)}`,
  'connected_account.needs_reauth': (event) =>
    `An account${whose(event)} must be connected again${because(event)}`,
  'connected_account.restored': (event) =>
    `An account${whose(event)} is back in use: it was given up wrongly (${words(String(event.details.reason ?? 'unknown'))})`,
  'key.rotation_finished': ({ details }) =>
    details.status === 'done'
      ? 'A rotation of keys is complete'
      : 'A rotation of keys ended with some undone',
  'provider_incident.opened': (event) =>
    `${String(event.details.connector ?? 'A provider')} refuses too many renewals alike${because(event)}: accounts are held, none is disconnected`,
  'provider_incident.resolved': (event) =>
    event.details.resolution === 'confirmed'
      ? `${whoDid(event)} confirmed that ${String(event.details.connector ?? 'a provider')} refuses renewals rightly${because(event)}`
      : `${String(event.details.connector ?? 'A provider')} renews again${because(event)}`,
  'connected_account.revocation_settled': ({ details }) =>
    details.upstream === 'revoked'
      ? 'The provider confirmed that an account is revoked there'
      : details.upstream === 'unsupported'
        ? 'An account could not be revoked at its provider, which has no such call'
        : 'The provider did not confirm that an account is revoked there',
}

/** `api_key.created` → "created an api key", for what no entry above tells better. */
function plain(action: string): string {
  const at = action.lastIndexOf('.')
  if (at < 0) return words(action)
  const noun = words(action.slice(0, at)).replaceAll('.', ' ')
  return `${words(action.slice(at + 1))} ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`
}

const because = ({ error_code }: Told): string => (error_code ? ` (${words(error_code)})` : '')

/** One event as a sentence that an admin can read aloud; every fact beyond it is in the event's details. */
export function sentence(event: Told): string {
  const told = whole[event.action]
  if (told) return told(event)
  const who = whoDid(event)
  const verb = verbs[event.action]
  switch (event.outcome) {
    case 'allowed':
      return `${who} ${verb ? verb.did(event) : plain(event.action)}`
    case 'denied':
      return verb
        ? `${who} was not allowed to ${verb.tried(event)}${because(event)}`
        : `${who} ${plain(event.action)}: not allowed${because(event)}`
    case 'failed':
      return verb
        ? `${who} tried to ${verb.tried(event)}, which failed${because(event)}`
        : `${who} ${plain(event.action)}: failed${because(event)}`
    case 'unknown':
      return verb
        ? `${who} tried to ${verb.tried(event)}; how it ended is unknown`
        : `${who} ${plain(event.action)}: how it ended is unknown`
  }
}
