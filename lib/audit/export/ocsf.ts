// Events as the Open Cybersecurity Schema Framework 1.3 has them, one class each (docs/audit.md has the table).
import type { AuditEvent } from '../schema.ts'

type Class = { uid: number; name: string; category: { uid: number; name: string } }

const application = { uid: 6, name: 'Application Activity' }
const identity = { uid: 3, name: 'Identity & Access Management' }
const apiActivity: Class = { uid: 6003, name: 'API Activity', category: application }
const authentication: Class = { uid: 3002, name: 'Authentication', category: identity }
const accountChange: Class = { uid: 3001, name: 'Account Change', category: identity }

type Kind = { class: Class; activity: number; name: string }

const api = (activity: number, name: string): Kind => ({ class: apiActivity, activity, name })
const change = (activity: number, name: string): Kind => ({ class: accountChange, activity, name })

/** Actions whose class or activity does not follow from the last word of their name. */
const known: Readonly<Record<string, Kind>> = {
  'authentication.refused': { class: authentication, activity: 1, name: 'Logon' },
  'member.signed_in': { class: authentication, activity: 1, name: 'Logon' },
  'member.sign_in_refused': { class: authentication, activity: 1, name: 'Logon' },
  'member.signed_out': { class: authentication, activity: 2, name: 'Logoff' },
  'root_key.used': { class: authentication, activity: 1, name: 'Logon' },
  'user.deactivated': change(5, 'Disable'),
  'user.reactivated': change(2, 'Enable'),
  'user.left': change(6, 'Delete'),
  'member.created': change(1, 'Create'),
  'member.enabled': change(2, 'Enable'),
  'member.disabled': change(5, 'Disable'),
}

const byWord: Readonly<Record<string, Kind>> = {
  created: api(1, 'Create'),
  connected: api(1, 'Create'),
  imported: api(1, 'Create'),
  read: api(2, 'Read'),
  exported: api(2, 'Read'),
  updated: api(3, 'Update'),
  changed: api(3, 'Update'),
  refreshed: api(3, 'Update'),
  deleted: api(4, 'Delete'),
  revoked: api(4, 'Delete'),
}

/** What a call of a tool does is in its name: `github.create_issue`. */
const byVerb: Readonly<Record<string, Kind>> = {
  create: api(1, 'Create'),
  add: api(1, 'Create'),
  send: api(1, 'Create'),
  post: api(1, 'Create'),
  get: api(2, 'Read'),
  list: api(2, 'Read'),
  search: api(2, 'Read'),
  read: api(2, 'Read'),
  update: api(3, 'Update'),
  edit: api(3, 'Update'),
  delete: api(4, 'Delete'),
  remove: api(4, 'Delete'),
}

const other = api(99, 'Other')

function kindOf({ action, tool_name }: AuditEvent): Kind {
  const verb = /^[^.]+\.([a-z]+)_/.exec(tool_name ?? '')?.[1] ?? ''
  const word = /(?:^|[._])([a-z]+)$/.exec(action)?.[1] ?? ''
  return known[action] ?? (tool_name === null ? byWord[word] : byVerb[verb]) ?? other
}

const statuses = {
  allowed: { status_id: 1, status: 'Success', severity_id: 1, severity: 'Informational' },
  denied: { status_id: 2, status: 'Failure', severity_id: 3, severity: 'Medium' },
  failed: { status_id: 2, status: 'Failure', severity_id: 2, severity: 'Low' },
  unknown: { status_id: 0, status: 'Unknown', severity_id: 2, severity: 'Low' },
} as const

const people = new Set(['member', 'admin', 'end_user'])

/** One event; what has no place of its own in the class is in `unmapped`, the links of the chain among it. */
export function ocsfOf(event: AuditEvent): Record<string, unknown> {
  const { class: of, activity, name } = kindOf(event)
  const user = {
    uid: event.user_id ?? event.actor.id,
    ...(event.user_id !== null && { org: { uid: event.org_id } }),
  }
  const actor = people.has(event.actor.type)
    ? { user: { uid: event.actor.id, type: event.actor.type } }
    : { app_uid: event.actor.id, app_name: event.actor.type }
  const place = { ...(event.ip !== null && { ip: event.ip }) }
  return {
    metadata: {
      version: '1.3.0',
      product: { name: 'Behalf', vendor_name: 'Behalf' },
      uid: event.id,
      sequence: event.sequence,
      tenant_uid: event.org_id,
      event_code: event.action,
      log_name: event.chain,
      ...(event.trace_id !== null && { correlation_uid: event.trace_id }),
    },
    category_uid: of.category.uid,
    category_name: of.category.name,
    class_uid: of.uid,
    class_name: of.name,
    activity_id: activity,
    activity_name: name,
    type_uid: of.uid * 100 + activity,
    type_name: `${of.name}: ${name}`,
    time: Date.parse(event.occurred_at),
    ...(event.duration_ms !== null && { duration: event.duration_ms }),
    ...statuses[event.outcome],
    ...(event.error_code !== null && { status_code: event.error_code }),
    ...(of === apiActivity && {
      actor,
      api: { operation: event.tool_name ?? event.action, ...(event.policy && { response: policyOf(event) }) },
    }),
    ...(of !== apiActivity && { actor, user }),
    src_endpoint: event.ip === null ? { name: 'unknown' } : place,
    ...(event.user_agent !== null && { http_request: { user_agent: event.user_agent } }),
    ...(event.connected_account_id !== null && {
      resources: [{ uid: event.connected_account_id, type: 'connected_account' }],
    }),
    unmapped: {
      outcome: event.outcome,
      user_id: event.user_id,
      agent_id: event.agent_id,
      connection_id: event.connection_id,
      scopes_required: event.scopes_required,
      scopes_granted: event.scopes_granted,
      params_hmac: event.params_hmac,
      changed_fields: event.changed_fields,
      details: event.details,
      prev_hash: event.prev_hash,
      hash: event.hash,
    },
  }
}

const policyOf = ({ policy }: AuditEvent) => ({
  message: `${policy?.engine}: ${policy?.decision} by ${policy?.policy_ids.join(', ') || 'default'}`,
})
