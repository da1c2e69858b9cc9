'use client'

import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'
import type { ConfirmResult } from './confirm-action.tsx'
import { SsoButton } from './sign-in-sso.tsx'

/** The token within what was pasted: a whole link or the token alone. */
const tokenIn = (text: string): string =>
  new URLSearchParams(/#(.*)$/.exec(text)?.[1] ?? '').get('token') ?? text.trim()

/**
 * Posts the token of a sign-in link. The link itself signs nobody in: a chat program that previews it uses up nothing.
 * @param returnTo the page that was asked for; the server looks at it once more before it leads there
 */
export function SignInForm({
  fault,
  returnTo,
  joinByLink,
}: {
  fault: string | null
  returnTo: string | null
  /** Joins whoever the link was made for to the single sign-on of their organization. */
  joinByLink?: (previous: ConfirmResult, form: FormData) => Promise<ConfirmResult>
}) {
  const form = useRef<HTMLFormElement>(null)
  const [token, setToken] = useState('')
  const [fromLink, setFromLink] = useState(false)
  const [ready, setReady] = useState(false)
  const [busy, setBusy] = useState(false)
  const [unreachable, setUnreachable] = useState(false)

  useEffect(() => {
    const take = (address: string) => {
      const given = new URLSearchParams(new URL(address).hash.slice(1)).get('token')
      if (!given) return
      // Out of the address bar and the history before anything else can read it there.
      window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search)
      setToken(given)
      setFromLink(true)
    }
    take(window.location.href)
    setReady(true)
    // A link pasted into the address bar of this very page loads nothing. The event knows it even when the router
    // has put its own address back meanwhile.
    const changed = (event: HashChangeEvent) => take(event.newURL)
    window.addEventListener('hashchange', changed)
    return () => window.removeEventListener('hashchange', changed)
  }, [])

  async function submit(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    setUnreachable(false)
    try {
      const answer = await fetch('/api/auth/csrf', { cache: 'no-store' })
      const { csrfToken } = (await answer.json()) as { csrfToken: string }
      const fields = form.current!.elements
      ;(fields.namedItem('csrfToken') as HTMLInputElement).value = csrfToken
      ;(fields.namedItem('token') as HTMLInputElement).value = tokenIn(token)
      form.current!.submit()
    } catch {
      setUnreachable(true)
      setBusy(false)
    }
  }

  const shown = fromLink ? null : fault
  return (
    <>
      <form
        ref={form}
        method="post"
        action="/api/auth/callback/sign-in-link"
        onSubmit={(event) => void submit(event)}
        className="mt-6 grid gap-4"
      >
        {shown !== null && <Alert tone="danger">{shown}</Alert>}
        {unreachable && <Alert tone="danger">The server did not answer. Try again.</Alert>}
        <input type="hidden" name="csrfToken" />
        <input type="hidden" name="token" />
        {/* Always said: what was asked for at another time would count else. */}
        <input type="hidden" name="callbackUrl" value={returnTo ?? '/console'} />
        {fromLink ? (
          <p className="text-sm text-muted-fg">Your sign-in link is ready. It works once.</p>
        ) : (
          <Field label="Sign-in link" hint="Paste the link that the server printed.">
            <Input
              type="password"
              autoComplete="off"
              required
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          </Field>
        )}
        <Button type="submit" disabled={!ready || busy}>
          Sign in
        </Button>
        <noscript>
          <p className="text-sm">
            Signing in needs JavaScript: the link keeps its secret from the server&apos;s logs.
          </p>
        </noscript>
      </form>
      {fromLink && joinByLink && (
        <div className="mt-3">
          <SsoButton action={joinByLink} label="Join single sign-on with this link" token={token} />
        </div>
      )}
    </>
  )
}
