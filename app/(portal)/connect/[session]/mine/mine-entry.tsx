'use client'

import { type ReactNode, type SubmitEvent, useEffect, useRef, useState } from 'react'
import { Notice, noticeOf, StateNotice } from '#components/portal/notice'
import type { TextsOf } from '#lib/i18n/schema'
import { enter, isFramed, reportHeight, surroundings, takeFragment } from '../surroundings.ts'

type Props = {
  session: string
  embedOrigins: readonly string[]
  texts: { entry: TextsOf<'entry'>; states: TextsOf<'states'> }
  /** Makes the page at a path, for whoever holds the handle. */
  show: (session: string, handle: string, path: string) => Promise<ReactNode>
}

type Held = { handle: string; resume: string }

/** What this frame is opened by: the secret of its address, or what it kept over a reload. */
async function hold(session: string, embedOrigins: readonly string[]): Promise<string | { code: string }> {
  const around = surroundings(session, embedOrigins)
  const token = takeFragment()
  const kept = around.kept()
  const ways = [...(kept ? [{ resume: kept.resume }] : []), ...(token === null ? [] : [{ token }])]
  let code = 'session_expired'
  for (const way of ways) {
    const answer = await around.call('handle', null, way).catch(() => null)
    if (!answer) return { code: 'unavailable' }
    if (answer.ok) {
      const { handle, resume } = answer.body as Held
      around.keep({ resume, connector: null })
      around.tellHost({ event: { type: 'ready' } })
      return handle
    }
    code = (answer.body as { code?: string }).code ?? 'internal'
  }
  around.keep(null)
  if (code === 'session_expired') around.tellHost({ ask: 'session' })
  return { code }
}

/** Sends a form of the page with the handle. @returns where that leads */
async function send(handle: string, action: string, body: URLSearchParams) {
  const response = await fetch(action, {
    method: 'POST',
    headers: { authorization: `Bearer ${handle}` },
    body,
    cache: 'no-store',
    signal: AbortSignal.timeout(30_000),
  })
  const answer = (await response.json()) as { to?: string; url?: string; code?: string }
  return response.ok ? answer : { code: answer.code ?? 'internal' }
}

/** Saves a file that only the handle opens. */
async function save(handle: string, link: HTMLAnchorElement): Promise<void> {
  const response = await fetch(link.href, {
    headers: { authorization: `Bearer ${handle}` },
    cache: 'no-store',
  })
  if (!response.ok) return
  const url = URL.createObjectURL(await response.blob())
  const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1]
  const saving = Object.assign(document.createElement('a'), { href: url, download: name ?? 'receipt' })
  saving.click()
  URL.revokeObjectURL(url)
}

/** On its own a link only trades its secret and goes on; reloaded, the cookie of the first time may still be there. */
async function leave(session: string): Promise<{ code: string } | null> {
  const token = takeFragment()
  const entered = token === null ? { location: `/connect/${session}/mine` } : await enter(session, token)
  if (!('location' in entered)) return entered
  window.location.replace(entered.location)
  return null
}

/**
 * Where a link to what a person manages leads. The same pages inside another site's: what is a form or a link there goes by the handle of this frame here, as a frame
 * has no cookie of ours. What must not be framed opens in a window of its own.
 */
export function MineEntry({ session, embedOrigins, texts, show }: Props) {
  const [page, setPage] = useState<ReactNode>(null)
  const [busy, setBusy] = useState(true)
  const handle = useRef<string | null>(null)
  const started = useRef(false)
  const around = useRef<HTMLDivElement>(null)
  const { entry, states } = texts

  const stop = (code: string) => setPage(<StateNotice state={noticeOf(code)} texts={states} />)

  async function go(path: string): Promise<void> {
    if (handle.current === null) return
    setBusy(true)
    try {
      setPage(await show(session, handle.current, path))
      requestAnimationFrame(() => {
        if (document.hasFocus()) around.current?.querySelector<HTMLElement>('[role=status], h1')?.focus()
      })
    } catch {
      stop('unavailable')
    }
    setBusy(false)
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: the frame is opened once, whatever is rendered after
  useEffect(() => {
    const end = isFramed() ? reportHeight(embedOrigins) : () => undefined
    if (!started.current) {
      started.current = true
      const opened = isFramed() ? hold(session, embedOrigins) : leave(session)
      void opened.then((held) => {
        if (held === null) return
        setBusy(false)
        if (typeof held !== 'string') return stop(held.code)
        handle.current = held
        return go(`/connect/${session}/mine`)
      })
    }
    return end
  }, [])

  async function submit(event: SubmitEvent<HTMLDivElement>): Promise<void> {
    const form = event.target as HTMLFormElement
    event.preventDefault()
    if (handle.current === null || busy) return
    const { submitter } = event.nativeEvent as globalThis.SubmitEvent
    const body = new URLSearchParams()
    for (const [name, value] of new FormData(form, submitter))
      if (typeof value === 'string') body.append(name, value)
    // A window that is opened after the answer would be blocked: it opens in the click, and goes on by itself.
    const beside = body.get('act') === 'reconnect' ? window.open('about:blank', '_blank') : null
    setBusy(true)
    const answer = await send(handle.current, form.action, body).catch(() => ({ code: 'unavailable' }))
    setBusy(false)
    if ('url' in answer && answer.url && beside) return void beside.location.replace(answer.url)
    beside?.close()
    if ('to' in answer && answer.to) return go(answer.to)
    stop('code' in answer && answer.code ? answer.code : 'internal')
  }

  function click(event: React.MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || handle.current === null || !link.pathname.startsWith(`/connect/${session}/mine`)) return
    event.preventDefault()
    if (link.hasAttribute('download')) void save(handle.current, link)
    else void go(`${link.pathname}${link.search}`)
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it listens to the links and forms within
    // biome-ignore lint/a11y/useKeyWithClickEvents: a key on a link is a click
    <div ref={around} onSubmit={(event) => void submit(event)} onClick={click} aria-busy={busy}>
      {page ?? (
        <Notice mark="waiting" title={entry.loading}>
          {null}
        </Notice>
      )}
      <noscript>
        <Notice title={entry.script_title}>
          <p>{entry.script_body}</p>
          <p className="text-fg">{entry.script_next}</p>
        </Notice>
      </noscript>
    </div>
  )
}
