'use client'

import { type ButtonHTMLAttributes, useCallback, useEffect, useRef, useState } from 'react'
import type { Behalf, Connect, ConnectOptions, Outcome } from '../embed/types.ts'

/**
 * Connecting as a hook: `open` belongs in a click. Options may change from render to render; an opening keeps those
 * it began with.
 * @param api of `connectTo(server)`, or `window.Behalf` once it has loaded
 */
export function useBehalfConnect(api: Behalf | undefined, options: ConnectOptions) {
  const connect = useRef<Connect>(null)
  const [pending, setPending] = useState(false)
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  useEffect(
    () => () => {
      connect.current?.destroy()
      connect.current = null
    },
    [],
  )
  const open = useCallback(async (): Promise<Outcome> => {
    if (!api) throw new Error('embed.js has not loaded yet')
    connect.current ??= api.createConnect(options)
    connect.current.update(options)
    setPending(true)
    const ended = await connect.current.open()
    setPending(false)
    setOutcome(ended)
    return ended
  }, [api, options])
  const close = useCallback(() => connect.current?.close(), [])
  return { open, close, pending, outcome }
}

export type BehalfConnectProps = Omit<ConnectOptions, 'container'> & {
  api: Behalf | undefined
  onOutcome?: (outcome: Outcome) => void
  /** Shows the portal in the page, from the beginning, in place of a button. */
  inline?: boolean
} & Pick<ButtonHTMLAttributes<HTMLButtonElement>, 'children' | 'className' | 'disabled'>

/** A button that connects, or with `inline` the portal itself. */
export function BehalfConnect({ inline = false, ...props }: BehalfConnectProps) {
  return inline ? <Inline {...props} /> : <ConnectButton {...props} />
}

function ConnectButton({ api, onOutcome, children, className, disabled, ...options }: BehalfConnectProps) {
  const { open, pending } = useBehalfConnect(api, options)
  return (
    <button
      type="button"
      className={className}
      disabled={disabled || pending || !api}
      onClick={() => void open().then(onOutcome)}
    >
      {children ?? 'Connect'}
    </button>
  )
}

function Inline({ api, onOutcome, className, ...options }: BehalfConnectProps) {
  const container = useRef<HTMLDivElement>(null)
  const latest = useRef({ options, onOutcome })
  latest.current = { options, onOutcome }
  useEffect(() => {
    if (!api || !container.current) return
    const connect = api.createConnect({ ...latest.current.options, container: container.current })
    let gone = false
    void connect.open().then((outcome) => {
      if (!gone) latest.current.onOutcome?.(outcome)
    })
    return () => {
      gone = true
      connect.destroy()
    }
  }, [api])
  return <div ref={container} className={className} />
}
