'use client'

import { type ComponentProps, useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Checkbox } from '#components/ui/checkbox'
import { Field, Input, Select } from '#components/ui/field'
import { controlOf, type ToolField } from './fields.tsx'
import { Result, type TryResult } from './result.tsx'

type Answered = TryResult | { fault: string } | null

type Props = {
  action: (previous: Answered, form: FormData) => Promise<Answered>
  fields: readonly ToolField[]
  tool: { name: string; effect: string }
  /** Names this form: what is sent twice under one name is made once. */
  once: string
  base: string
}

const Area = (props: ComponentProps<'textarea'>) => (
  <textarea
    spellCheck={false}
    rows={3}
    className="w-full rounded-control border border-input bg-card px-3 py-2 font-mono text-xs leading-5 text-card-fg aria-invalid:border-danger"
    {...props}
  />
)

function Control({ field, ...rest }: { field: ToolField; defaultValue: string; id?: string }) {
  const { name, kind, choices, required } = field
  const all = { ...rest, name: controlOf(name), required }
  if (kind === 'choice' || kind === 'boolean')
    return (
      <Select {...all}>
        <option value="">{required ? 'Choose' : 'Not given'}</option>
        {(kind === 'boolean' ? ['true', 'false'] : choices).map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </Select>
    )
  if (kind === 'list' || kind === 'json' || kind === 'long') return <Area {...all} />
  return <Input {...all} autoComplete="off" {...(kind === 'number' && { inputMode: 'decimal' })} />
}

/** Fills in what a tool takes and calls it; what it was answered with stands beside it. */
export function TryForm({ action, fields, tool, once, base }: Props) {
  const [result, submit, pending] = useActionState(action, null)
  const told = result && 'kind' in result ? result : null
  const faults = told?.kind === 'unfit' ? told.faults : {}
  const reads = tool.effect === 'read'
  return (
    <div className="grid gap-8 lg:grid-cols-2">
      <form action={submit} className="grid content-start gap-4" aria-label={`Call ${tool.name}`}>
        <input type="hidden" name="once" value={told?.next ?? once} />
        <div key={JSON.stringify(told?.given ?? null)} className="grid gap-4">
          {fields.length === 0 && <p className="text-sm text-muted-fg">It takes no params.</p>}
          {fields.map((field) => (
            <Field
              key={field.name}
              label={
                <>
                  <code className="font-mono">{field.name}</code>
                  {field.required ? '' : ' (optional)'}
                </>
              }
              hint={field.hint || undefined}
              error={faults[field.name]}
            >
              <Control field={field} defaultValue={told?.given[field.name] ?? ''} />
            </Field>
          ))}
          {faults[''] && <Alert tone="danger">{faults['']}</Alert>}
        </div>
        <Checkbox
          name="dry_run"
          defaultChecked={told?.rehearsed ?? false}
          label="Rehearse it"
          description="Every stage but the call itself: nothing reaches the provider."
        />
        {!reads && (
          <Field
            label={`Type ${tool.name} to confirm`}
            hint="It changes something at the provider, for a real person. A rehearsal needs no confirming."
            error={faults.confirm}
          >
            <Input name="confirm" autoComplete="off" autoCapitalize="off" spellCheck={false} />
          </Field>
        )}
        <Button
          type="submit"
          variant={reads ? 'primary' : 'danger'}
          disabled={pending}
          className="justify-self-start"
        >
          Run {tool.name}
        </Button>
      </form>
      <section aria-label="Result" aria-live="polite" className="min-w-0">
        {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
        {told && told.kind !== 'unfit' && <Result result={told} base={base} />}
        {result === null && (
          <p className="rounded-card border border-dashed border-border px-6 py-12 text-center text-sm text-muted-fg">
            What it is answered with is shown here.
          </p>
        )}
      </section>
    </div>
  )
}
