import type { Metadata } from 'next'
import { SignInForm } from '#components/console/sign-in-form'
import { OtherWay, SignInFrame } from '#components/console/sign-in-frame'
import { MailLinkForm } from '#components/console/sign-in-mail'
import { SsoForm } from '#components/console/sign-in-sso'
import { config } from '#lib/config'
import { sendsMail } from '#lib/mail'
import { returnPath } from '../../../api/auth/return-path.ts'
import type { SearchParams } from '../filters.ts'
import { mailLink } from './actions.ts'
import { faultOf } from './faults.ts'
import { joinByLink, signInBySso } from './sso-actions.ts'

export const metadata: Metadata = { title: 'Sign in', referrer: 'strict-origin' }

export default async function SignInPage({ searchParams }: { searchParams: SearchParams }) {
  const { error, callbackUrl } = await searchParams
  const returnTo = returnPath(callbackUrl, config().publicUrl)
  return (
    <SignInFrame title="Sign in">
      <SignInForm fault={faultOf(error)} returnTo={returnTo} joinByLink={joinByLink} />
      <OtherWay title="Single sign-on">
        <SsoForm action={signInBySso.bind(null, returnTo)} />
      </OtherWay>
      {sendsMail() && (
        <OtherWay title="No link at hand?">
          <MailLinkForm action={mailLink.bind(null, returnTo)} />
        </OtherWay>
      )}
      <p className="mt-6 border-t border-border pt-4 text-xs text-muted-fg">
        The first start prints a sign-in link. For another, run{' '}
        <code className="font-mono">npm run behalf -- help</code> on the server.
      </p>
    </SignInFrame>
  )
}
