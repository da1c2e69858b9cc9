import type { Metadata } from 'next'
import { SignInForm } from '#components/console/sign-in-form'
import { config } from '#lib/config'
import { returnPath } from '../../../api/auth/return-path.ts'
import type { SearchParams } from '../filters.ts'

export const metadata: Metadata = { title: 'Sign in', referrer: 'no-referrer' }

const faults: Record<string, string> = {
  CredentialsSignin: 'This link was used already or is more than 15 minutes old. Ask for a new one.',
}

export default async function SignInPage({ searchParams }: { searchParams: SearchParams }) {
  const { error, callbackUrl } = await searchParams
  const fault = typeof error === 'string' ? (faults[error] ?? 'Signing in did not work. Try again.') : null
  return (
    <main className="grid min-h-dvh place-items-center bg-bg p-4 text-fg">
      <div className="w-full max-w-sm rounded-card border border-border bg-card p-6 text-card-fg shadow-card sm:p-8">
        <p className="text-sm font-semibold tracking-tight text-muted-fg">Behalf console</p>
        <h1 className="mt-1 text-xl font-semibold tracking-tight">Sign in</h1>
        <SignInForm fault={fault} returnTo={returnPath(callbackUrl, config().publicUrl)} />
        <p className="mt-6 border-t border-border pt-4 text-xs text-muted-fg">
          The first start prints a sign-in link. For another, run{' '}
          <code className="font-mono">npm run behalf -- help</code> on the server.
        </p>
      </div>
    </main>
  )
}
