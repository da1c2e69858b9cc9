'use client'

import Link from 'next/link'
import { useEffect, useRef, useState } from 'react'
import { Button } from '#components/ui/button'
import { OutcomeBadge } from '../status.tsx'
import { Time } from '../time.tsx'
import type { Line } from './names.tsx'

type State = 'off' | 'live' | 'hidden' | 'lost' | 'over'

/** Most lines that are kept on the screen; older ones are in the list. */
const linesMost = 200

/**
 * Shows events as they are written: what has come waits until it is asked for, so that nothing moves under the reader. Stops
 * while the tab is hidden, and for good when the session or the role ends.
 * @param href of the stream, without the number to go on from
 */
export function Live({ href, after, event }: { href: string; after: number; event: string }) {
  const [ready, setReady] = useState(false)
  const [state, setState] = useState<State>('off')
  const [waiting, setWaiting] = useState<Line[]>([])
  const [shown, setShown] = useState<Line[]>([])
  const source = useRef<EventSource | null>(null)
  const last = useRef(after)
  useEffect(() => setReady(true), [])
  const on = state !== 'off' && state !== 'over'

  useEffect(() => {
    if (!on) return
    const open = () => {
      if (document.hidden || source.current) return
      const stream = new EventSource(`${href}&after=${last.current}`)
      source.current = stream
      stream.onopen = () => setState('live')
      stream.addEventListener('events', ({ data, lastEventId }) => {
        last.current = Number(lastEventId)
        const lines = JSON.parse(data) as Line[]
        setWaiting((before) => [...lines.toReversed(), ...before].slice(0, linesMost))
      })
      // Refused for good: a stream that merely broke off opens again by itself.
      stream.onerror = () => {
        if (stream.readyState !== EventSource.CLOSED) return setState('lost')
        source.current = null
        setState('over')
      }
    }
    const close = () => {
      source.current?.close()
      source.current = null
    }
    const turned = () => {
      if (document.hidden) {
        close()
        setState('hidden')
      } else open()
    }
    open()
    document.addEventListener('visibilitychange', turned)
    return () => {
      document.removeEventListener('visibilitychange', turned)
      close()
    }
  }, [on, href])

  if (!ready) return null
  const words: Record<State, string> = {
    off: '',
    live: 'Live: new events are counted as they are written.',
    hidden: 'Stopped while this tab was hidden.',
    lost: 'The connection broke off. Trying again.',
    over: 'Live view has ended: you were signed out, or may not see this any more. Reload the page.',
  }
  return (
    <div className="grid gap-3 print:hidden">
      <div className="flex flex-wrap items-center gap-3">
        <Button
          variant="secondary"
          size="small"
          aria-pressed={on}
          onClick={() => setState(on ? 'off' : 'live')}
        >
          <svg
            aria-hidden
            viewBox="0 0 10 10"
            className={`size-2.5 ${on ? 'text-success' : 'text-muted-fg'}`}
          >
            <circle cx="5" cy="5" r="4" fill="currentColor" />
          </svg>
          {on ? 'Stop live view' : 'Live view'}
        </Button>
        <p role="status" className="text-xs text-muted-fg">
          {words[state]}
        </p>
        {waiting.length > 0 && (
          <Button
            size="small"
            onClick={() => {
              setShown((before) => [...waiting, ...before].slice(0, linesMost))
              setWaiting([])
            }}
          >
            Show {waiting.length === 1 ? '1 new event' : `${waiting.length} new events`}
          </Button>
        )}
      </div>
      {shown.length > 0 && (
        <ol
          aria-label="New events"
          className="divide-y divide-border rounded-card border border-border bg-card"
        >
          {shown.map((line) => (
            <li key={line.id} className="flex items-start justify-between gap-3 px-4 py-2.5 text-sm">
              <span className="min-w-0">
                <Link
                  href={event.replace('__EVENT__', line.id)}
                  scroll={false}
                  className="wrap-anywhere text-link underline-offset-2 hover:underline"
                >
                  {line.words}
                </Link>
                <span className="mt-0.5 block text-xs text-muted-fg">
                  <Time at={line.at} /> · {line.action}
                </span>
              </span>
              <OutcomeBadge outcome={line.outcome} />
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
