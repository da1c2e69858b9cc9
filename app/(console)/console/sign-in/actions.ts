'use server'

import { headers } from 'next/headers'
import { after } from 'next/server'
import { z } from 'zod'
import type { MailLinkResult } from '#components/console/sign-in-mail'
import { config } from '#lib/config'
import { admitAskedLink, mailAskedLinks } from '#lib/connect'
import { parse } from '#lib/http'
import { originOf } from '#runtime'
import { returnPath } from '../../../api/auth/return-path.ts'
import { acting } from '../acting.ts'

const input = z.object({ email: z.string().trim().max(254).pipe(z.email('must be an e-mail address')) })

/** Mails a sign-in link, if anybody here has the address: the answer, and how long it takes, do not say. */
export async function mailLink(
  returnTo: string | null,
  _previous: MailLinkResult,
  form: FormData,
): Promise<MailLinkResult> {
  return acting(async () => {
    const { email } = parse(input, { email: form.get('email') }, 'form')
    const origin = originOf(await headers())
    await admitAskedLink(origin)
    const back = returnPath(returnTo, config().publicUrl)
    after(() => mailAskedLinks(email, back, origin))
    return {
      said: 'If a member has this address, a link is on its way. It works once, in the next 15 minutes.',
    }
  })
}
