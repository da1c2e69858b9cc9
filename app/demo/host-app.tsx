'use client'

import { useRef, useState } from 'react'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Accounts } from './accounts.tsx'
import { call, changed, leaveByRedirect } from './browser.ts'

type Mode = 'page' | 'popup' | 'redirect'

const modes: { mode: Mode; name: string; about: string }[] = [
  { mode: 'page', name: 'Connect in this page', about: 'The portal in a frame; consent in its own window.' },
  { mode: 'popup', name: 'Connect in a popup', about: 'All of it in one window beside this one.' },
  { mode: 'redirect', name: 'Connect by redirect', about: 'This tab goes there and comes back.' },
]

const snippet = (mode: Mode) => `const connect = Behalf.createConnect({
  fetchSession: () => fetch('/demo/api/session', { method: 'POST' }).then((r) => r.json()),
  ${mode === 'page' ? "container: document.querySelector('#connect')" : `mode: '${mode}'`},
})
const outcome = await connect.open()`

async function fetchSession(): Promise<Behalf.Session> {
  const { ok, body } = await call('session', {})
  if (!ok) throw new Error((body as { detail?: string }).detail ?? 'no session')
  return body as Behalf.Session
}

type Props = { user: string | null; name: string | null; publicUrl: string }

export function HostApp({ user, name, publicUrl }: Props) {
  const container = useRef<HTMLDivElement>(null)
  const connect = useRef<Behalf.Connect>(null)
  const [mode, setMode] = useState<Mode>('page')
  const [said, setSaid] = useState('')

  async function signIn(id: string): Promise<void> {
    connect.current?.destroy()
    await call('sign-in', { user: id })
    window.location.reload()
  }

  async function open(wanted: Mode): Promise<void> {
    if (!window.Behalf) return setSaid('embed.js has not loaded yet. Try again.')
    connect.current?.destroy()
    setMode(wanted)
    setSaid('')
    if (wanted === 'redirect') leaveByRedirect()
    connect.current = window.Behalf.createConnect({
      fetchSession,
      ...(wanted === 'page' ? container.current && { container: container.current } : { mode: wanted }),
      onEvent: (event) => {
        if (/^connection\./.test(event.type)) changed.tell()
        if (event.type === 'error') setSaid(event.error.displayMessage)
      },
    })
    const mine = connect.current
    let outcome = await mine.open()
    while (outcome.status === 'unknown' && connect.current === mine) {
      setSaid('Not finished yet. If the window is still open, go on there; else try again.')
      outcome = await outcome.poll()
    }
    if (connect.current === mine && outcome.status !== 'error') setSaid(words[outcome.status])
  }

  return (
    <>
      <header className="border-b border-border bg-card">
        <div className="mx-auto flex max-w-5xl flex-wrap items-center gap-x-6 gap-y-3 px-5 py-3">
          <h1 className="text-lg font-semibold text-primary">Northwind</h1>
          <p className="text-sm text-muted-fg">A made-up product that uses Behalf</p>
          <fieldset className="ms-auto flex items-center gap-2">
            <legend className="float-left me-2 text-sm text-muted-fg">Signed in:</legend>
            {(['ana', 'ben'] as const).map((id) => (
              <Button
                key={id}
                size="small"
                variant={user === id ? 'primary' : 'secondary'}
                aria-pressed={user === id}
                onClick={() => void signIn(id)}
              >
                {id === 'ana' ? 'Ana' : 'Ben'}
              </Button>
            ))}
          </fieldset>
        </div>
      </header>
      <main className="mx-auto grid max-w-5xl gap-6 px-5 py-8 lg:grid-cols-2">
        <section className="grid min-w-0 content-start gap-4">
          <h2 className="text-xl font-semibold">
            {name ? `Hello ${name.split(' ')[0]}` : 'Sign in to begin'}
          </h2>
          <p className="text-sm text-muted-fg">
            {user
              ? 'Let Northwind look after your tasks. There are three ways to connect them:'
              : 'Press Ana or Ben above. There is no password.'}
          </p>
          <Card className="divide-y divide-border">
            {modes.map(({ mode: each, name: label, about }) => (
              <div key={each} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
                <p className="min-w-40 flex-1 text-sm text-muted-fg">{about}</p>
                <Button
                  variant={each === 'page' ? 'primary' : 'secondary'}
                  disabled={!user}
                  onClick={() => void open(each)}
                >
                  {label}
                </Button>
              </div>
            ))}
          </Card>
          <p role="status" className="min-h-5 text-sm">
            {said}
          </p>
          <div id="connect" ref={container} className="overflow-hidden rounded-card" />
          <details className="text-sm">
            <summary className="w-fit py-1 text-link">The code of this page</summary>
            <pre className="mt-2 overflow-x-auto rounded-control border border-border bg-card p-4 font-mono text-xs leading-relaxed">
              {`<script src="${publicUrl}/embed.js" async></script>\n\n${snippet(mode)}`}
            </pre>
          </details>
        </section>
        {user && <Accounts />}
      </main>
    </>
  )
}

const words: Record<Exclude<Behalf.Outcome['status'], 'error'>, string> = {
  connected: 'Connected.',
  pending_approval: 'An administrator has been asked.',
  declined: 'Nothing was connected.',
  closed: '',
  unknown: '',
}
