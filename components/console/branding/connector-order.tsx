'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Checkbox } from '#components/ui/checkbox'
import { Input } from '#components/ui/field'

export type OrderResult = { fault: string } | { saved: string } | null

/** Which connectors people are offered, and in which order. */
export function ConnectorOrder({
  action,
  connectors,
  later,
  own,
  fallback,
}: {
  action: (previous: OrderResult, form: FormData) => Promise<OrderResult>
  /** In the order in which they are offered; those that are not come last. */
  connectors: readonly { id: string; name: string; offered: boolean }[]
  /** Whether connectors that are added later are offered too. */
  later: boolean
  /** Whether this list is the page's own. */
  own: boolean
  /** What holds where it is not. */
  fallback: string
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-4">
      {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
      <ol className="divide-y divide-border rounded-card border border-border bg-card">
        {connectors.map(({ id, name, offered }, at) => (
          <li key={id} className="flex items-center gap-4 px-4 py-2.5">
            <Input
              name={`position.${id}`}
              type="number"
              min={1}
              max={999}
              defaultValue={at + 1}
              aria-label={`Position of ${name}`}
              className="w-20!"
            />
            <Checkbox name={`offered.${id}`} value="yes" defaultChecked={offered} label={name} />
          </li>
        ))}
      </ol>
      <Checkbox
        name="later"
        value="yes"
        defaultChecked={later}
        label="Offer connectors that are added later, too"
        description="They come after these."
      />
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" variant="secondary" disabled={pending}>
          Save connectors
        </Button>
        {own && (
          <Button type="submit" variant="quiet" name="reset" value="yes" disabled={pending}>
            {fallback}
          </Button>
        )}
        <span role="status" className="text-sm text-muted-fg">
          {result && 'saved' in result ? result.saved : ''}
        </span>
      </div>
    </form>
  )
}
