'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'
import type { ApprovalRule } from '#lib/tenancy/schema'

export type RuleResult = { fault: string } | null
type Act = (previous: RuleResult, form: FormData) => Promise<RuleResult>

type Props = {
  rules: readonly ApprovalRule[]
  connectors: readonly { id: string; name: string }[]
  add: Act
  remove: Act
}

/** What an organization demands an approval for, and the form that changes it. */
export function ApprovalRules({ rules, connectors, add, remove }: Props) {
  const [added, submit, adding] = useActionState(add, null)
  const [removed, take, removing] = useActionState(remove, null)
  const nameOf = (id: string) => connectors.find((connector) => connector.id === id)?.name ?? id
  const fault = added?.fault ?? removed?.fault
  return (
    <div className="grid gap-4">
      {fault && <Alert tone="danger">{fault}</Alert>}
      {rules.length === 0 ? (
        <p className="text-sm text-muted-fg">Nothing: people connect without asking.</p>
      ) : (
        <ul className="grid gap-2">
          {rules.map(({ connector, scopes }, at) => (
            <li
              key={`${connector} ${scopes?.join(' ') ?? ''}`}
              className="flex flex-wrap items-center justify-between gap-3 rounded-control border border-border bg-card px-4 py-2.5 text-sm"
            >
              <span className="min-w-0">
                <strong className="font-medium">{nameOf(connector)}</strong>{' '}
                <span className="break-words text-muted-fg">
                  {scopes ? `only with ${scopes.join(', ')}` : 'every connection'}
                </span>
              </span>
              <form action={take}>
                <input type="hidden" name="rule" value={at} />
                <input type="hidden" name="connector" value={connector} />
                <Button
                  type="submit"
                  size="small"
                  variant="secondary"
                  disabled={removing}
                  aria-label={`Remove the rule for ${nameOf(connector)}`}
                >
                  Remove
                </Button>
              </form>
            </li>
          ))}
        </ul>
      )}
      <form action={submit} className="grid max-w-xl gap-3 sm:grid-cols-[12rem_1fr_auto] sm:items-end">
        <Field label="Connector">
          <Select name="connector" required defaultValue="">
            <option value="" disabled>
              Choose one
            </option>
            {connectors.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Scopes (all, if left empty)">
          <Input name="scopes" autoComplete="off" spellCheck={false} placeholder="tasks:delete" />
        </Field>
        <Button type="submit" variant="secondary" disabled={adding}>
          Demand approval
        </Button>
      </form>
    </div>
  )
}
