import type { Metadata } from 'next'
import Link from 'next/link'
import { SignInForm } from '#components/console/sign-in-form'
import { OtherWay, SignInFrame } from '#components/console/sign-in-frame'
import { MailLinkForm } from '#components/console/sign-in-mail'
import { SsoButton } from '#components/console/sign-in-sso'
import { config } from '#lib/config'
import { ssoOfMember } from '#lib/identity'
import { sendsMail } from '#lib/mail'
import { returnPath } from '../../../../api/auth/return-path.ts'
import type { SearchParams } from '../../filters.ts'
import { requireAdmin } from '../../session.ts'
import { mailLink } from '../actions.ts'
import { confirmBySso } from '../sso-actions.ts'

export const metadata: Metadata = { title: 'Confirm that it is you', referrer: 'strict-origin' }

/** For whoever is signed in, but has been for too long to do something dangerous (`requireFresh`). */
export default async function ConfirmPage({ searchParams }: { searchParams: SearchParams }) {
  const returnTo = returnPath((await searchParams).callbackUrl, config().publicUrl)
  const { caller, member } = await requireAdmin(returnTo)
  const sso = await ssoOfMember(caller)
  const { stepUpMinutes } = config().console
  return (
    <SignInFrame title="Confirm that it is you">
      <p className="mt-3 text-sm text-muted-fg">
        What you are about to do needs a sign-in of the last {stepUpMinutes} minutes. Sign in once more as{' '}
        <span className="font-medium wrap-anywhere text-fg">{member.email}</span>; you come back to where you
        were. Nothing was changed.
      </p>
      {sso && (
        <OtherWay title={`By ${sso.name}`}>
          <SsoButton action={confirmBySso.bind(null, returnTo)} label="Confirm with single sign-on" />
        </OtherWay>
      )}
      {sendsMail() && (
        <OtherWay title="By mail">
          <MailLinkForm action={mailLink.bind(null, returnTo)} email={member.email} />
        </OtherWay>
      )}
      <OtherWay title="By sign-in link">
        <SignInForm fault={null} returnTo={returnTo} />
        <p className="text-xs text-muted-fg">
          An operator makes one with <code className="font-mono">npm run behalf -- sign-in-link</code> on the
          server, an owner on the page Members.
        </p>
      </OtherWay>
      <p className="mt-6 text-sm">
        <Link href={returnTo ?? '/console'} className="text-link underline-offset-2 hover:underline">
          Back without it
        </Link>
      </p>
    </SignInFrame>
  )
}
