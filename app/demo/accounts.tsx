'use client'

import { useState, useSyncExternalStore } from 'react'
import { Badge } from '#components/ui/badge'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Empty } from '#components/ui/empty'
import type { ConnectedAccount } from '#lib/consent/schema'
import { call, changed } from './browser.ts'

/** What the person has connected, with what Northwind can do with it. */
export function Accounts() {
  const [list] = useState(createList)
  const accounts = useSyncExternalStore(list.subscribe, list.get, () => null)
  const [output, setOutput] = useState('')
  const [busy, setBusy] = useState(false)

  async function act(path: 'run' | 'revoke', account: string): Promise<void> {
    setBusy(true)
    try {
      const { body } = await call(path, { account })
      setOutput(JSON.stringify(body, null, 2))
      await list.load()
    } catch {
      setOutput('Northwind could not be reached. Try again.')
    } finally {
      setBusy(false)
    }
  }

  return (
    <section className="grid min-w-0 content-start gap-4">
      <h2 className="text-xl font-semibold">Connected accounts</h2>
      {accounts?.length === 0 && (
        <Empty title="Nothing is connected yet">Choose one of the three ways.</Empty>
      )}
      {accounts && accounts.length > 0 && (
        <Card>
          <ul className="divide-y divide-border">
            {accounts.map(({ id, status, account, connection }) => (
              <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 py-4">
                <div className="min-w-40 flex-1">
                  <p id={id} className="flex flex-wrap items-center gap-2 font-medium">
                    {account.label} <Badge tone={status === 'active' ? 'success' : 'neutral'}>{status}</Badge>
                  </p>
                  <p className="mt-0.5 font-mono text-xs text-muted-fg">{connection?.scopes.join(' ')}</p>
                </div>
                <div className="flex flex-wrap gap-2">
                  <Button aria-describedby={id} disabled={busy} onClick={() => void act('run', id)}>
                    Run list_tasks
                  </Button>
                  {status !== 'revoked' && (
                    <Button
                      variant="secondary"
                      aria-describedby={id}
                      disabled={busy}
                      onClick={() => void act('revoke', id)}
                    >
                      Revoke
                    </Button>
                  )}
                </div>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <output
        data-testid="tool-output"
        className="block max-h-96 overflow-auto rounded-control border border-border bg-card p-4 font-mono text-xs leading-relaxed whitespace-pre-wrap empty:hidden"
      >
        {output}
      </output>
    </section>
  )
}

/** The list as Northwind's backend has it, loaded anew whenever a window says that it changed. */
function createList() {
  let accounts: ConnectedAccount[] | null = null
  const listeners = new Set<() => void>()
  async function load(): Promise<void> {
    const { ok, body } = await call('accounts')
    if (!ok) return
    accounts = (body as { data: ConnectedAccount[] }).data
    for (const listener of listeners) listener()
  }
  const refresh = () => void load().catch(() => undefined)
  return {
    load,
    get: () => accounts,
    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      const unhear = changed.hear(refresh)
      window.addEventListener('focus', refresh)
      if (accounts === null) refresh()
      return () => {
        listeners.delete(listener)
        unhear()
        window.removeEventListener('focus', refresh)
      }
    },
  }
}
