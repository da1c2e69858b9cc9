'use server'

import { z } from 'zod'
import type { ConfirmResult } from '#components/console/confirm-action'
import { config } from '#lib/config'
import { lookupSignInLink } from '#lib/db'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { ssoConnectionInUse, ssoFor, ssoOfMember } from '#lib/identity'
import { sha256 } from '#lib/ids'
import { returnPath } from '../../../api/auth/return-path.ts'
import { goToSso } from '../../../api/auth/sso.ts'
import { acting } from '../acting.ts'
import { requireAdmin } from '../session.ts'

const back = (path: string | null) => returnPath(path, config().publicUrl)

const typed = z.object({ email: z.string().trim().max(254).pipe(z.email('must be an e-mail address')) })

/** Leads an address to where it signs in. Whether anybody here has it is not looked at. */
export async function signInBySso(
  returnTo: string | null,
  _previous: ConfirmResult,
  form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { email } = parse(typed, { email: form.get('email') }, 'form')
    const found = await ssoFor(email)
    if (!found)
      throw new AppError('conflict', {
        detail: 'No single sign-on is set up for this address. Use a sign-in link.',
      })
    const asked = { purpose: { kind: 'sign_in' }, returnTo: back(returnTo), hint: email } as const
    return goToSso(found.tenant, found.connection, asked)
  })
}

/** Joins whoever a sign-in link was made for to the single sign-on of their organization. */
export async function joinByLink(_previous: ConfirmResult, form: FormData): Promise<ConfirmResult> {
  return acting(async () => {
    const token = String(form.get('token') ?? '')
    // Whether it is still good is looked at when it is used up, once the identity provider has answered.
    const link = token.length > 200 ? null : await lookupSignInLink(sha256(token))
    const connection = link && (await ssoConnectionInUse(link.tenant))
    if (!link || !connection)
      throw new AppError('conflict', {
        detail: 'There is no single sign-on that this link could be joined to. Sign in with the link itself.',
      })
    const asked = { purpose: { kind: 'invitation', token }, returnTo: null, hint: null } as const
    return goToSso(link.tenant, connection, asked)
  })
}

/** Has whoever is signed in show at their identity provider that it is still they. */
export async function confirmBySso(returnTo: string | null): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, member } = await requireAdmin()
    const connection = await ssoOfMember(caller)
    if (!connection) throw new AppError('conflict', { detail: 'You do not sign in by single sign-on.' })
    const purpose = { kind: 'step_up', memberId: caller.memberId } as const
    return goToSso(caller.home, connection, { purpose, returnTo: back(returnTo), hint: member.email })
  })
}
