/** What a member of the console is there for. A member has one; unknown words may do nothing. */
export const memberRoles = [
  'owner',
  'security_admin',
  'connector_manager',
  'approver',
  'auditor',
  'developer',
  'support',
] as const

export type MemberRole = (typeof memberRoles)[number]

/**
 * Who may do what in the console: the whole matrix, which docs/roles.md prints and e2e checks at every handler.
 * `*.read` opens a page, the others its forms. `payloads.read` shows what calls carried; without it they are not shown.
 */
export const rolesThatMay = {
  'overview.read': memberRoles,
  'accounts.read': memberRoles,
  'accounts.manage': ['owner', 'security_admin'],
  'people.read': ['owner', 'security_admin', 'auditor', 'approver', 'support'],
  'people.manage': ['owner', 'security_admin'],
  'agents.read': memberRoles,
  'agents.manage': ['owner', 'security_admin', 'developer'],
  'requests.read': ['owner', 'security_admin', 'approver', 'auditor', 'support'],
  'requests.decide': ['owner', 'security_admin', 'approver'],
  'approvals.read': ['owner', 'security_admin', 'approver', 'auditor'],
  'approvals.decide': ['owner', 'security_admin', 'approver'],
  'policies.read': ['owner', 'security_admin', 'auditor', 'developer'],
  'policies.manage': ['owner', 'security_admin'],
  'limits.read': ['owner', 'security_admin', 'auditor', 'developer'],
  'limits.manage': ['owner', 'security_admin'],
  'stops.read': memberRoles,
  'stops.manage': ['owner', 'security_admin'],
  'revocations.read': ['owner', 'security_admin', 'auditor'],
  'revocations.manage': ['owner', 'security_admin'],
  'incidents.read': ['owner', 'security_admin', 'auditor', 'support'],
  'incidents.manage': ['owner', 'security_admin'],
  'connectors.read': ['owner', 'security_admin', 'connector_manager', 'auditor', 'developer'],
  'connectors.manage': ['owner', 'connector_manager'],
  'activity.read': memberRoles,
  'payloads.read': ['owner', 'security_admin', 'auditor'],
  'audit.read': ['owner', 'security_admin', 'auditor'],
  'audit.export': ['owner', 'security_admin', 'auditor'],
  'audit.manage': ['owner', 'security_admin'],
  'receipts.read': ['owner', 'security_admin', 'auditor', 'support'],
  'events.read': ['owner', 'security_admin', 'auditor', 'developer'],
  'branding.read': ['owner', 'connector_manager', 'developer'],
  'branding.manage': ['owner', 'connector_manager'],
  'domains.read': ['owner', 'connector_manager', 'security_admin', 'auditor'],
  'domains.manage': ['owner', 'connector_manager'],
  'members.read': ['owner', 'security_admin', 'auditor'],
  'members.manage': ['owner'],
  'sign_in.read': ['owner', 'security_admin', 'auditor'],
  'sign_in.manage': ['owner'],
  'api_keys.read': ['owner', 'security_admin', 'auditor', 'developer'],
  'api_keys.manage': ['owner', 'developer'],
  'keys.read': ['owner', 'security_admin', 'auditor'],
  'keys.manage': ['owner', 'security_admin'],
  'tools.try': ['owner', 'developer'],
  'usage.read': ['owner', 'security_admin', 'auditor', 'developer', 'connector_manager'],
} as const satisfies Record<string, readonly MemberRole[]>

export type Permission = keyof typeof rolesThatMay

/** Whether a member of this role may do that. */
export const permits = (role: string, permission: Permission): boolean =>
  (rolesThatMay[permission] as readonly string[]).includes(role)

/**
 * What nobody may do with a session that is merely open: a sign-in within the last minutes shows that it is still they.
 * Revocations of everything and stops of a whole org ask for one as well.
 */
export const freshFor: readonly Permission[] = [
  'members.manage',
  'sign_in.manage',
  'api_keys.manage',
  'keys.manage',
]
