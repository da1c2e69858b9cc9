'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import type { Finding } from '#lib/identity/schema'

export type TestResult = { findings: Finding[] } | { fault: string } | null

/** Looks at an identity provider, and says what was found. Works without scripts. */
export function TestConnection({
  action,
  name,
}: {
  action: (previous: TestResult, form: FormData) => Promise<TestResult>
  name: string
}) {
  const [result, submit, pending] = useActionState(action, null)
  const findings = result && 'findings' in result ? result.findings : []
  return (
    <form action={submit} className="grid w-full gap-3">
      <Button
        type="submit"
        variant="secondary"
        disabled={pending}
        aria-label={`Test ${name}`}
        className="justify-self-start"
      >
        {pending ? 'Testing …' : 'Test'}
      </Button>
      {result && 'fault' in result && <Alert tone="danger">{result.fault}</Alert>}
      {findings.length > 0 && (
        <Alert tone={toneOf(findings)} title={titleOf(findings)}>
          <ul className="grid list-disc gap-1 ps-4">
            {findings.map(({ says }) => (
              <li key={says}>{says}</li>
            ))}
          </ul>
        </Alert>
      )}
    </form>
  )
}

const toneOf = (findings: readonly Finding[]) =>
  (['danger', 'warning'] as const).find((tone) => findings.some((one) => one.tone === tone)) ?? 'success'

const titleOf = (findings: readonly Finding[]) =>
  ({ danger: 'It cannot be used like this', warning: 'It can be used', success: 'It can be used' })[
    toneOf(findings)
  ]
