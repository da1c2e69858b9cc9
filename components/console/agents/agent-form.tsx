'use client'

import { type ComponentProps, type ReactNode, useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'
import type { Agent } from '#lib/identity/schema'

/** `{ done }` when it was saved. */
export type FormResult = { fault: string } | { done: true } | null
export type FormAction = (previous: FormResult, form: FormData) => Promise<FormResult>

/** Text of several lines. */
export const Area = (props: ComponentProps<'textarea'>) => (
  <textarea
    rows={3}
    spellCheck={false}
    className="w-full rounded-control border border-input bg-card px-3 py-2 font-mono text-xs text-card-fg"
    {...props}
  />
)

/** A form that says below its fields how it went. */
export function SavedForm({
  action,
  submit,
  done,
  children,
}: {
  action: FormAction
  /** On its button. */
  submit: string
  /** What is said once it was saved. */
  done: string
  children: ReactNode
}) {
  const [result, send, pending] = useActionState(action, null)
  return (
    <form action={send} className="grid gap-4">
      {children}
      {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
      {result && 'done' in result && <Alert tone="success">{done}</Alert>}
      <Button type="submit" disabled={pending} className="justify-self-start">
        {submit}
      </Button>
    </form>
  )
}

const people = (agent: Partial<Agent>) => (
  <>
    <Field label="Name">
      <Input name="name" required maxLength={100} defaultValue={agent.name} autoComplete="off" />
    </Field>
    <Field label="Owner" hint="The person who answers for it: best their e-mail address.">
      <Input name="owner" maxLength={200} defaultValue={agent.owner ?? ''} autoComplete="off" />
    </Field>
    <Field label="Purpose">
      <Input name="purpose" maxLength={500} defaultValue={agent.purpose ?? ''} autoComplete="off" />
    </Field>
    <Field label="Team">
      <Input name="team" maxLength={100} defaultValue={agent.team ?? ''} autoComplete="off" />
    </Field>
    <Field label="Environment">
      <Input
        name="environment"
        maxLength={100}
        defaultValue={agent.environment ?? ''}
        placeholder="production"
        autoComplete="off"
      />
    </Field>
  </>
)

/** Asks for a new agent. */
export const NewAgent = ({ action }: { action: FormAction }) => (
  <SavedForm action={action} submit="Create agent" done="Created.">
    <div className="grid items-start gap-4 sm:grid-cols-2">{people({})}</div>
  </SavedForm>
)

const listed = (names: readonly string[] | null | undefined): string => (names ?? []).join('\n')

/** Everything about an agent that an admin may change. */
export const ChangeAgent = ({ action, agent }: { action: FormAction; agent: Agent }) => (
  <SavedForm action={action} submit="Save" done="Saved. It holds from the agent's next call on.">
    {people(agent)}
    <Field
      label="Connectors"
      hint="The only ones that it may use, one a line. Empty: no restriction. What people consented to holds besides."
    >
      <Area name="connectors" defaultValue={listed(agent.connectors)} />
    </Field>
    <Field label="Tools" hint="The only ones that it may use, one a line. Empty: no restriction.">
      <Area name="tools" defaultValue={listed(agent.tools)} />
    </Field>
    {agent.kind === 'registered' && (
      <Field
        label="Redirect URIs"
        hint="Where it may send people back to when it asks for their consent, one a line."
      >
        <Area name="redirect_uris" defaultValue={listed(agent.redirect_uris)} />
      </Field>
    )}
    <Field label="Over MCP, it finds its tools">
      {/* A select keeps the default that it was made with: another default makes it another select. */}
      <Select key={agent.tool_discovery} name="tool_discovery" defaultValue={agent.tool_discovery}>
        <option value="list">in a list</option>
        <option value="search">by searching</option>
      </Select>
    </Field>
  </SavedForm>
)
