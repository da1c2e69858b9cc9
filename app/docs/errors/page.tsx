import type { Metadata } from 'next'
import { Badge } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import { type ErrorCode, errorTable } from '#lib/errors'
import { InlineCode } from '../inline-code.tsx'
import { Shell } from '../shell.tsx'
import { advice } from './advice.ts'

export const metadata: Metadata = { title: 'Errors' }

const lead =
  'Every refusal is a problem document (RFC 9457) whose `type` is an address on this page. `code` is stable; the texts are for people. `trace_id` finds the request in the log.'

/** Where the `type` of every problem points to. */
export default function ErrorsPage() {
  return (
    <Shell here="/docs/errors" title="Errors" lead={<InlineCode>{lead}</InlineCode>}>
      <Card className="mt-8 divide-y divide-border">
        {(Object.keys(errorTable) as ErrorCode[]).map((code) => (
          <ErrorEntry key={code} code={code} />
        ))}
      </Card>
    </Shell>
  )
}

function ErrorEntry({ code }: { code: ErrorCode }) {
  const { status, title, retryable } = errorTable[code]
  const { when, act } = advice[code]
  return (
    <section id={code} aria-labelledby={`${code}-code`} className="grid gap-2 p-4 target:bg-accent sm:p-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 id={`${code}-code`} className="font-mono text-base font-semibold break-all">
          <a href={`#${code}`}>{code}</a>
        </h2>
        <Badge>{status}</Badge>
        {retryable && <Badge tone="info">may be repeated</Badge>}
        <span className="text-sm text-muted-fg">{title}</span>
      </div>
      <p>
        <InlineCode>{when}</InlineCode>
      </p>
      <p className="text-muted-fg">
        <InlineCode>{act}</InlineCode>
      </p>
    </section>
  )
}
