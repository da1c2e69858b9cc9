import type { MemberRole } from '#lib/identity/schema'

/** What a role is called, and what it is for in a sentence. docs/roles.md has the whole matrix. */
export const roleWords: Readonly<Record<MemberRole, { name: string; does: string }>> = {
  owner: { name: 'Owner', does: 'Everything, members and single sign-on included.' },
  security_admin: {
    name: 'Security admin',
    does: 'Sees everything. Decides, stops, revokes, and writes policies and limits.',
  },
  connector_manager: {
    name: 'Connector manager',
    does: 'Sets up connectors, branding and domains. Sees no content of calls.',
  },
  approver: { name: 'Approver', does: 'Decides on requests and on calls that wait for people.' },
  auditor: { name: 'Auditor', does: 'Reads and exports everything, and changes nothing.' },
  developer: { name: 'Developer', does: 'Agents, API keys and trying tools. Sees no content of calls.' },
  support: { name: 'Support', does: 'Looks at connections and people. Content of calls is masked.' },
}

/** @param role as a row has it, which may be a word that is no role any more */
export const roleName = (role: string): string =>
  Object.hasOwn(roleWords, role) ? roleWords[role as MemberRole].name : role
