'use client'

import Link from 'next/link'
import { type ComponentProps, useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Checkbox } from '#components/ui/checkbox'
import { Field, Input, Select } from '#components/ui/field'

export type SaveResult = { fault: string } | { done: true } | null
export type CasesResult =
  | { fault: string }
  | { results: { name: string; passed: boolean; expected: string; actual: string; why: string }[] }
  | null
export type ReplayResult =
  | { fault: string }
  | {
      judged: number
      without: number
      more: boolean
      flips: { id: string; at: string; tool: string; was: string; is: string }[]
    }
  | null
type Action<Result> = (previous: Result, form: FormData) => Promise<Result>

const Area = (props: ComponentProps<'textarea'>) => (
  <textarea
    spellCheck={false}
    autoCapitalize="off"
    className="w-full rounded-control border border-input bg-card px-3 py-2 font-mono text-xs leading-5 text-card-fg"
    {...props}
  />
)

const Said = ({ result, done }: { result: SaveResult; done: string }) => (
  <div aria-live="polite">
    {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
    {result && 'done' in result && <Alert tone="success">{done}</Alert>}
  </div>
)

/** A draft's text; a new one as well. */
export function DraftForm({
  action,
  source,
  note,
  isNew,
}: {
  action: Action<SaveResult>
  source: string
  note: string
  isNew: boolean
}) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-4">
      <Said result={result} done="Saved. Nothing changes until it is published." />
      {isNew && (
        <Field label="Language">
          <Select name="engine" className="max-w-72">
            <option value="cedar">Cedar</option>
            <option value="opa">OPA: the path of a decision</option>
          </Select>
        </Field>
      )}
      <Field label="Policies">
        <Area name="source" required maxLength={65_536} rows={isNew ? 12 : 20} defaultValue={source} />
      </Field>
      <Field label="Note" hint="What it is for, or what changed.">
        <Input name="note" maxLength={500} defaultValue={note} autoComplete="off" />
      </Field>
      <Button type="submit" variant="secondary" disabled={pending} className="justify-self-start">
        {isNew ? 'Make draft' : 'Save draft'}
      </Button>
    </form>
  )
}

/** Puts a version in force. @param verb what its button says */
export function PublishForm({ action, verb }: { action: Action<SaveResult>; verb: string }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid max-w-xl gap-4">
      <Said result={result} done="It is in force." />
      <Field label="Reason" hint="Kept in the audit. Needed where cases fail.">
        <Input name="reason" maxLength={300} autoComplete="off" />
      </Field>
      <Checkbox name="force" label="Even though cases fail" />
      <Button type="submit" disabled={pending} className="justify-self-start">
        {verb}
      </Button>
    </form>
  )
}

/** Runs the cases by a version. */
export function RunCases({ action }: { action: Action<CasesResult> }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-4">
      <div aria-live="polite">
        {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
        {result && 'results' in result && (
          <ul className="grid gap-2 text-sm">
            {result.results.length === 0 && <li className="text-muted-fg">There is no case yet.</li>}
            {result.results.map(({ name, passed, expected, actual, why }) => (
              <li key={name} className="wrap-anywhere">
                <span className={passed ? 'font-medium text-success' : 'font-medium text-danger'}>
                  {passed ? 'Passes' : 'Fails'}
                </span>
                : {name}
                {!passed && (
                  <span className="block text-xs text-muted-fg">
                    Expects {expected}, and it is {actual}
                    {why !== '' && `: ${why}`}
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
      </div>
      <Button type="submit" variant="secondary" disabled={pending} className="justify-self-start">
        Run cases
      </Button>
    </form>
  )
}

/** Judges past calls by a version and lists what would be decided otherwise. @param activity where calls are shown */
export function ReplayForm({ action, activity }: { action: Action<ReplayResult>; activity: string }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-4">
      <div className="flex flex-wrap items-end gap-3">
        <Field label="Calls of the last">
          <Select name="days" defaultValue="7">
            <option value="1">day</option>
            <option value="7">7 days</option>
            <option value="30">30 days</option>
          </Select>
        </Field>
        <Button type="submit" variant="secondary" disabled={pending}>
          {pending ? 'Replaying' : 'Replay'}
        </Button>
      </div>
      <div aria-live="polite" className="grid gap-3 text-sm">
        {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
        {result && 'flips' in result && (
          <>
            <p>
              {result.flips.length} of {result.judged} calls would be decided otherwise
              {result.without > 0 && `; of ${result.without} more the facts are not kept any longer`}
              {result.more && '; there are more calls than were judged, the oldest first'}.
            </p>
            <ul className="grid gap-2">
              {result.flips.map(({ id, at, tool, was, is }) => (
                <li key={id} className="wrap-anywhere">
                  {id.startsWith('ex_') ? (
                    <Link href={`${activity}/${id}`} className="text-link underline underline-offset-2">
                      {tool}
                    </Link>
                  ) : (
                    tool
                  )}
                  , {at}: {was} becomes <strong>{is}</strong>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </form>
  )
}

/** A made-up call and what is to be decided about it. */
export function NewCase({ action, tools }: { action: Action<SaveResult>; tools: readonly string[] }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid max-w-2xl gap-4">
      <Said result={result} done="Kept. Every version has to get it right." />
      <Field label="Name">
        <Input name="name" required maxLength={200} autoComplete="off" />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Tool">
          <Select name="tool_name">
            {tools.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
        </Field>
        <Field label="Is to be">
          <Select name="decision">
            <option value="allow">allowed</option>
            <option value="deny">denied</option>
            <option value="ask">asked about</option>
          </Select>
        </Field>
      </div>
      <Field label="Params" hint="JSON, made up: no personal data.">
        <Area name="params" rows={4} defaultValue="{}" maxLength={20_000} />
      </Field>
      <Button type="submit" variant="secondary" disabled={pending} className="justify-self-start">
        Add case
      </Button>
    </form>
  )
}
