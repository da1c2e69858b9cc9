'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'

/** What was typed comes back with what is wrong with it. */
export type LimitResult = { fault: string; given: Readonly<Record<string, string>> } | { done: true } | null
type LimitAction = (previous: LimitResult, form: FormData) => Promise<LimitResult>

const kinds = [
  ['rate', 'A rate: so many calls in a time'],
  ['concurrency', 'Calls at the same time'],
  ['daily_calls', 'Calls of a day (UTC)'],
  ['daily_cost', 'Cost units of a day (UTC)'],
] as const

const dimensions = ['user', 'agent', 'account', 'tool', 'connector'] as const
const plain = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const

/** A limit to set. */
export function NewLimit({ action }: { action: LimitAction }) {
  const [result, submit, pending] = useActionState(action, null)
  const given = result && 'given' in result ? result.given : {}
  return (
    <form action={submit} key={JSON.stringify(given)} className="grid max-w-2xl gap-4">
      {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
      {result && 'done' in result && <Alert tone="success">Set. It holds from the next call on.</Alert>}
      <Field label="Name" hint="Told with a refusal.">
        <Input name="name" required maxLength={100} defaultValue={given.name} autoComplete="off" />
      </Field>
      <div className="grid items-start gap-4 sm:grid-cols-3">
        <Field label="Kind">
          <Select name="kind" defaultValue={given.kind}>
            {kinds.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="At most">
          <Input name="most" type="number" min={1} required defaultValue={given.most} />
        </Field>
        <Field label="In seconds" hint="Of a rate alone.">
          <Input
            name="window_seconds"
            type="number"
            min={1}
            max={86400}
            defaultValue={given.window_seconds}
          />
        </Field>
      </div>
      <fieldset className="grid gap-2 text-sm">
        <legend className="mb-1.5 font-medium">Counted apart for each</legend>
        <div className="flex flex-wrap gap-x-5 gap-y-2">
          {dimensions.map((name) => (
            <label key={name} className="flex items-center gap-2">
              <input
                type="checkbox"
                name="per"
                value={name}
                defaultChecked={given.per?.split(' ').includes(name)}
                className="size-6 accent-primary"
              />
              {name}
            </label>
          ))}
        </div>
        <p className="text-xs text-muted-fg">With none, all the calls that it holds for count together.</p>
      </fieldset>
      <fieldset className="grid gap-4 sm:grid-cols-2">
        <legend className="mb-3 text-sm font-medium">Holds only for (empty: all calls)</legend>
        <Field label="Agent">
          <Input name="agent_id" placeholder="ag_…" defaultValue={given.agent_id} {...plain} />
        </Field>
        <Field label="User">
          <Input name="user_id" defaultValue={given.user_id} {...plain} />
        </Field>
        <Field label="Tool">
          <Input
            name="tool_name"
            placeholder="github.create_issue"
            defaultValue={given.tool_name}
            {...plain}
          />
        </Field>
        <Field label="Connector">
          <Input name="connector" placeholder="github" defaultValue={given.connector} {...plain} />
        </Field>
      </fieldset>
      <Button type="submit" disabled={pending} className="justify-self-start">
        Set limit
      </Button>
    </form>
  )
}

/** Another amount for a limit that there is. */
export function ChangeLimit({ action, name, most }: { action: LimitAction; name: string; most: number }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-2">
      <div className="flex items-center gap-2">
        <Input
          name="most"
          type="number"
          min={1}
          required
          aria-label={`At most, of ${name}`}
          defaultValue={most}
          className="w-28"
        />
        <Button type="submit" variant="secondary" disabled={pending}>
          Save
        </Button>
      </div>
      <div aria-live="polite" className="text-xs">
        {result && 'fault' in result && <span className="text-danger">{result.fault}</span>}
        {result && 'done' in result && <span className="text-muted-fg">Saved.</span>}
      </div>
    </form>
  )
}
