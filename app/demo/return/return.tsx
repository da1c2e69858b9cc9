'use client'

import { useState, useSyncExternalStore } from 'react'
import { ButtonLink } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { call, cameByRedirect, changed } from '../browser.ts'

type Props = { session: string | null; code: string | null; status: string | null }
type State = { title: string; body: string }

const checking: State = { title: 'One moment …', body: 'Northwind is making sure that it was you.' }
const nothing: State = { title: 'Nothing was connected', body: 'You can try again whenever you like.' }

/** Hands the code to Northwind's backend, which vouches for its signed-in user; then this window has done its work. */
export function Return(props: Props) {
  const [flow] = useState(() => createReturn(props))
  const { title, body } = useSyncExternalStore(flow.subscribe, flow.get, () => checking)
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center px-4 py-10">
      <Card className="px-6 py-8 text-center">
        <div role="status">
          <h1 className="text-xl font-semibold">{title}</h1>
          <p className="mt-2 text-sm text-muted-fg">{body}</p>
        </div>
        <ButtonLink href="/demo" variant="secondary" className="mt-6">
          Back to Northwind
        </ButtonLink>
      </Card>
    </main>
  )
}

function createReturn({ session, code, status }: Props) {
  let state = checking
  let started = false
  const listeners = new Set<() => void>()
  const show = (next: State) => {
    state = next
    for (const listener of listeners) listener()
  }

  async function start(): Promise<void> {
    // The code is of no use twice, but an address with one in it is nothing to keep.
    window.history.replaceState(null, '', window.location.pathname)
    if (code === null) show(status === null ? nothing : status === 'declined' ? nothing : failed(null))
    else {
      const { ok, body } = await call('confirm', { session_id: session, confirmation_code: code })
      if (!ok) return show(failed(body))
      show({ title: 'Connected', body: 'You can close this window.' })
    }
    changed.tell()
    if (cameByRedirect()) window.location.replace('/demo')
    else if (status !== 'failed') window.close()
  }

  return {
    get: () => state,
    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      if (!started) {
        started = true
        void start()
      }
      return () => void listeners.delete(listener)
    },
  }
}

function failed(body: unknown): State {
  const { code, detail } = (body ?? {}) as { code?: string; detail?: string }
  return {
    title: code === 'user_mismatch' ? 'This link was for someone else' : 'It did not work',
    body: detail ?? 'The provider did not finish. Nothing was connected.',
  }
}
