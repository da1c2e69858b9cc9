import { deployment, forOrg } from '#lib/db'
import { deploymentOrgId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { type Permission, permits } from '../roles.ts'

/** A member as a person: what somebody is known by who may be a member here and an operator there. */
export type MemberPerson = {
  /** Internal id. */
  id: string
  /** Internal id of the org that they are a member of: the deployment's for its operators. */
  home: string
  email: string
  role: string
  iss: string | null
  sub: string | null
}

/** So many are looked through; an org with more people who may do dangerous things has other worries. */
const mostPeople = 500

const inForce = (
  home: Tenant,
  more: { id: string } | { last_signed_in_at: { not: null } },
): Promise<MemberPerson[]> =>
  forOrg(home, async (tx) => {
    const where = { org_id: home.orgId, disabled_at: null, ...more }
    const select = { id: true, email: true, role: true, iss: true, sub: true }
    const rows = await tx.members.findMany({ where, select, orderBy: { id: 'asc' }, take: mostPeople })
    return rows.map((row) => ({ ...row, home: home.orgId }))
  })

/**
 * A member in force, of the org or an operator.
 * @param home internal id of where they are a member
 * @returns `null` for one who is disabled, or was never there
 */
export async function memberPerson(tenant: Tenant, home: string, id: string): Promise<MemberPerson | null> {
  if (home !== tenant.orgId && home !== deploymentOrgId) return null
  const [found] = await inForce(home === deploymentOrgId ? deployment : tenant, { id })
  return found ?? null
}

/**
 * Whoever may do that in an org, and has signed in before: its own members, and the deployment's operators, who may
 * everywhere. One who was only invited, or made when the deployment was set up, is nobody to wait for.
 */
export async function peopleWhoMay(tenant: Tenant, permission: Permission): Promise<MemberPerson[]> {
  const homes = tenant.orgId === deploymentOrgId ? [tenant] : [tenant, deployment]
  const people = await Promise.all(homes.map((home) => inForce(home, { last_signed_in_at: { not: null } })))
  return people.flat().filter(({ role }) => permits(role, permission))
}

/** Whether two members are one person: by their row, their address, or the account that they sign in with. */
export const isSamePerson = (one: MemberPerson, other: MemberPerson): boolean =>
  one.id === other.id ||
  one.email.trim().toLowerCase() === other.email.trim().toLowerCase() ||
  (one.iss !== null && one.sub !== null && one.iss === other.iss && one.sub === other.sub)
