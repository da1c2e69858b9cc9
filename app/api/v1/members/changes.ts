// What changes a member of the console, whoever asks for it: the API and the console. The change and its line in the
// audit happen together or not at all.
import type { Origin } from '#lib/audit'
import { linksOf } from '#lib/connect'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import {
  assertMayGiveRole,
  changeRoleIn,
  endSessionsAndLinksIn,
  getMember,
  inviteMemberIn,
  setMemberDisabledIn,
} from '#lib/identity'
import type { ConsoleMember, MemberInput, MemberRole } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { audited } from '#runtime'

export type By = { tenant: Tenant; caller: Caller; origin: Origin }

/** A member, and the link to sign in with where it was not mailed: whoever asked hands it over. */
export type Invited = ConsoleMember & { sign_in_url: string | null }

const internal = ({ id }: ConsoleMember): string => parseId('member', id) ?? ''

export async function inviteMember({ tenant, caller, origin }: By, input: MemberInput): Promise<Invited> {
  const linkIn = await linksOf(tenant)
  return forOrg(tenant, async (tx) => {
    const member = await inviteMemberIn(tx, tenant, caller, input)
    const details = { member_id: member.id, email: member.email, role: member.role }
    await audited(tx, tenant, caller, origin, 'member.invited', details)
    const to = { memberId: internal(member), email: member.email, invites: true }
    return { ...member, sign_in_url: await linkIn(tx, to) }
  })
}

/** Another link for a member. To hand one over is to be able to be them, so it takes who may give them their role. */
export async function issueLink({ tenant, caller, origin }: By, memberId: string): Promise<Invited> {
  const member = await getMember(tenant, memberId)
  assertMayGiveRole(caller, member.role)
  const linkIn = await linksOf(tenant)
  return forOrg(tenant, async (tx) => {
    const invites = member.status === 'invited'
    const sign_in_url = await linkIn(tx, { memberId, email: member.email, invites })
    const details = { member_id: member.id, email: member.email, by: sign_in_url === null ? 'mail' : 'hand' }
    await audited(tx, tenant, caller, origin, 'member.sign_in_link_issued', details)
    return { ...member, sign_in_url }
  })
}

export const changeRole = ({ tenant, caller, origin }: By, id: string, role: MemberRole) =>
  forOrg(tenant, async (tx) => {
    const { member, before } = await changeRoleIn(tx, tenant, caller, id, role)
    if (before !== null)
      await audited(
        tx,
        tenant,
        caller,
        origin,
        'member.role_changed',
        { member_id: member.id, email: member.email, from: before, to: role },
        ['role'],
      )
    return member
  })

export const setMemberDisabled = ({ tenant, caller, origin }: By, id: string, disabled: boolean) =>
  forOrg(tenant, async (tx) => {
    const { member, changed } = await setMemberDisabledIn(tx, tenant, caller, id, disabled)
    const action = disabled ? 'member.disabled' : 'member.enabled'
    if (changed)
      await audited(tx, tenant, caller, origin, action, { member_id: member.id, email: member.email })
    return member
  })

export const endSessions = ({ tenant, caller, origin }: By, id: string) =>
  forOrg(tenant, async (tx) => {
    const member = await endSessionsAndLinksIn(tx, tenant, id)
    const details = { member_id: member.id, email: member.email }
    await audited(tx, tenant, caller, origin, 'member.sessions_ended', details)
    return member
  })

/** The internal id behind what a form or an address says. @throws AppError `not_found` */
export function memberIdOf(text: unknown): string {
  const id = typeof text === 'string' ? parseId('member', text) : null
  if (id === null) throw new AppError('not_found')
  return id
}
