'use client'

import { type ReactNode, useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Badge } from '#components/ui/badge'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Field, Input } from '#components/ui/field'
import { Table, Td, Th } from '#components/ui/table'
import type { Domain } from '#lib/tenancy/schema'
import type { ConfirmResult } from './confirm-action.tsx'
import { Time } from './time.tsx'

type Act = (previous: ConfirmResult, form: FormData) => Promise<ConfirmResult>

/** Asks for a hostname. */
export function AddDomain({ action }: { action: Act }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="mt-6 flex max-w-xl flex-wrap items-end gap-3">
      <div className="min-w-0 flex-1 basis-64">
        <Field label="Hostname" {...(result && { error: result.fault })}>
          <Input
            name="hostname"
            required
            maxLength={253}
            placeholder="connect.example.com"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            inputMode="url"
          />
        </Field>
      </div>
      <Button type="submit" disabled={pending}>
        Add
      </Button>
    </form>
  )
}

/** Looks a domain's records up now. */
export function CheckDomain({ action, hostname }: { action: Act; hostname: string }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <form action={submit} className="grid gap-3">
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <Button
        type="submit"
        variant="secondary"
        disabled={pending}
        aria-label={`Check ${hostname} now`}
        className="justify-self-start"
      >
        {pending ? 'Checking …' : 'Check now'}
      </Button>
    </form>
  )
}

const states = {
  pending: { words: 'Waiting for its records', tone: 'neutral' },
  misconfigured: { words: 'Misconfigured', tone: 'danger' },
  live: { words: 'Live', tone: 'success' },
} as const

function stateOf({ status, goes_down_at }: Domain) {
  return goes_down_at ? ({ words: 'Live, and about to go down', tone: 'warning' } as const) : states[status]
}

/** A domain: how it stands, what to publish, what is wrong, and what can be done. */
export function DomainCard({ domain, children }: { domain: Domain; children: ReactNode }) {
  const { words, tone } = stateOf(domain)
  return (
    <Card className="grid gap-4 p-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h2 className="font-semibold wrap-anywhere">{domain.hostname}</h2>
        <Badge tone={tone}>{words}</Badge>
        {domain.primary && <Badge tone="info">Primary</Badge>}
      </div>
      {domain.problems.length > 0 && (
        <Alert tone={domain.status === 'pending' ? 'info' : 'warning'} title="What the last check found">
          <ul className="grid gap-1">
            {domain.problems.map(({ record, name, says }) => (
              <li key={`${record} ${name}`} className="wrap-anywhere">
                {says}
              </li>
            ))}
          </ul>
          {domain.goes_down_at && (
            <p className="mt-2">
              No new link is made for it. It stops serving at <Time at={domain.goes_down_at} />, unless they
              are right before.
            </p>
          )}
        </Alert>
      )}
      <Table label={`Records of ${domain.hostname}`}>
        <thead>
          <tr>
            <Th>Type</Th>
            <Th>Name</Th>
            <Th>Value</Th>
          </tr>
        </thead>
        <tbody>
          {domain.records.map(({ type, name, value }) => (
            <tr key={type}>
              <Td>{type}</Td>
              <Td>
                <code className="font-mono text-xs wrap-anywhere select-all">{name}</code>
              </Td>
              <Td>
                <code className="font-mono text-xs wrap-anywhere select-all">{value}</code>
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
      <p className="text-xs text-muted-fg">
        Checked: <Time at={domain.checked_at} absent="not yet" />
        {domain.verified_domain && <>. The consent screen says: {domain.verified_domain}, verified</>}
      </p>
      <div className="flex flex-wrap items-start gap-3">{children}</div>
    </Card>
  )
}
