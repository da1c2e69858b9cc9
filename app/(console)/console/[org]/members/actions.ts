'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { ConfirmResult } from '#components/console/confirm-action'
import type { InviteResult } from '#components/console/members/invite-form'
import { parse } from '#lib/http'
import { memberInput, memberPatch } from '#lib/identity/schema'
import { originOf } from '#runtime'
import {
  type By,
  changeRole as change,
  endSessions as end,
  inviteMember as invite,
  issueLink,
  memberIdOf,
  setMemberDisabled,
} from '../../../../api/v1/members/changes.ts'
import { acting } from '../../acting.ts'
import { requireTenant } from '../../session.ts'

/** Whose members these are, and who changes them: an owner who has signed in just now. */
async function owner(org: unknown): Promise<By> {
  const { caller, tenant } = await requireTenant(String(org), 'members.manage')
  return { tenant, caller, origin: originOf(await headers()) }
}

const again = () => revalidatePath('/console/[org]/members', 'layout')

/** Makes somebody a member and sends them a link, or shows it once where nothing can be mailed. */
export async function inviteMember(
  org: string,
  _previous: InviteResult,
  form: FormData,
): Promise<InviteResult> {
  return acting(async () => {
    const by = await owner(org)
    const name = String(form.get('name') ?? '').trim()
    const input = parse(
      memberInput,
      { email: form.get('email'), role: form.get('role'), ...(name !== '' && { name }) },
      'form',
    )
    const { email, sign_in_url } = await invite(by, input)
    again()
    return { email, url: sign_in_url }
  })
}

/** Another link for a member who has none, or has let it pass. */
export async function sendLink(org: string, member: string): Promise<InviteResult> {
  return acting(async () => {
    const { email, sign_in_url } = await issueLink(await owner(org), memberIdOf(member))
    again()
    return { email, url: sign_in_url }
  })
}

/** Gives a member another role; their sessions end. */
export async function changeRole(
  org: string,
  member: string,
  _previous: ConfirmResult,
  form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const by = await owner(org)
    const { role } = parse(memberPatch, { role: form.get('role') }, 'form')
    await change(by, memberIdOf(member), role)
    again()
    return null
  })
}

/** Takes a member's access away, wherever they are signed in. */
export async function disableMember(org: string, member: string): Promise<ConfirmResult> {
  return acting(async () => {
    await setMemberDisabled(await owner(org), memberIdOf(member), true)
    again()
    return null
  })
}

/** Gives it back; they sign in anew. */
export async function enableMember(org: string, member: string): Promise<ConfirmResult> {
  return acting(async () => {
    await setMemberDisabled(await owner(org), memberIdOf(member), false)
    again()
    return null
  })
}

/** Signs a member out everywhere. */
export async function endSessions(org: string, member: string): Promise<ConfirmResult> {
  return acting(async () => {
    await end(await owner(org), memberIdOf(member))
    again()
    return null
  })
}
