'use client'

import { useActionState } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import type { ChainReport } from '#lib/audit/schema'
import { Fact, Facts } from './facts.tsx'

export type VerifyResult = { report: ChainReport } | { fault: string }

/** Has the server walk the chain, and shows what it found. */
export function VerifyChain({ action }: { action: () => Promise<VerifyResult> }) {
  const [result, submit, pending] = useActionState(action, null)
  return (
    <div className="grid gap-3">
      <form action={submit}>
        <Button type="submit" variant="secondary" disabled={pending}>
          {pending ? 'Verifying' : 'Verify chain'}
        </Button>
      </form>
      {result && <Verdict result={result} />}
    </div>
  )
}

function Verdict({ result }: { result: VerifyResult }) {
  if ('fault' in result) return <Alert tone="danger">{result.fault}</Alert>
  const { ok, events, head, first_bad, reason } = result.report
  return (
    <Alert tone={ok ? 'success' : 'danger'} title={ok ? 'Chain verified' : 'Chain broken'}>
      <div className="mt-2">
        <Facts>
          <Fact name={ok ? 'Events' : 'Events that hold'}>{events}</Fact>
          {first_bad && (
            <Fact name="First bad event">
              <code className="font-mono text-xs break-all">{first_bad}</code>
            </Fact>
          )}
          {reason && <Fact name="Reason">{reason}</Fact>}
          <Fact name={ok ? 'Head' : 'Last good hash'}>
            <code className="font-mono text-xs break-all">{head}</code>
          </Fact>
        </Facts>
      </div>
    </Alert>
  )
}
