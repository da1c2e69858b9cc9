import type { Metadata } from 'next'
import Link from 'next/link'
import { Card } from '#components/ui/card'
import { config } from '#lib/config'
import { contracts } from '../api/v1/openapi.json/contracts.ts'
import { Operation } from './operation.tsx'
import { Shell } from './shell.tsx'

export const metadata: Metadata = { title: 'API reference' }

/** `Connected accounts` → `connected-accounts`. */
const anchorOf = (tag: string) => tag.toLowerCase().replaceAll(' ', '-')

/** The reference, made from the contracts that parse the requests, as the OpenAPI document is. */
export default function DocsPage() {
  const byTag = [...Map.groupBy(contracts, ({ tag }) => tag)]
  return (
    <Shell here="/docs" title="API reference" lead={<Lead publicUrl={config().publicUrl} />}>
      <nav aria-label="Operations" className="mt-8">
        <Card className="columns-2 gap-6 p-4 text-sm sm:columns-3 sm:p-5">
          {byTag.map(([tag, { length }]) => (
            <a key={tag} href={`#${anchorOf(tag)}`} className="block py-1 text-link">
              {tag} <span className="text-muted-fg">{length}</span>
            </a>
          ))}
        </Card>
      </nav>
      {byTag.map(([tag, operations]) => (
        <section key={tag} aria-labelledby={anchorOf(tag)} className="mt-10 grid grid-cols-1 gap-4">
          <h2 id={anchorOf(tag)} className="scroll-mt-4 text-xl font-semibold">
            {tag}
          </h2>
          {operations.map((contract) => (
            <Operation key={contract.operationId} contract={contract} />
          ))}
        </section>
      ))}
    </Shell>
  )
}

const Code = ({ children }: { children: string }) => (
  <code className="rounded-sm bg-muted px-1 font-mono text-[0.9em] break-all">{children}</code>
)

const Lead = ({ publicUrl }: { publicUrl: string }) => (
  <>
    <p>
      JSON over HTTP at <Code>{`${publicUrl}/api/v1`}</Code>, with a secret key as{' '}
      <Code>Authorization: Bearer bhf_sk_…</Code>. Times are UTC, durations whole seconds, unknown fields of a
      body are refused.
    </p>
    <p className="mt-3">
      Lists answer <Code>data</Code>, <Code>has_more</Code> and <Code>next_cursor</Code>; pass the last as{' '}
      <Code>cursor</Code> for the next page. Any operation may answer <Code>unauthenticated</Code>,{' '}
      <Code>forbidden</Code>, <Code>invalid_request</Code>, <Code>rate_limited</Code> or{' '}
      <Code>unavailable</Code>: see{' '}
      <Link href="/docs/errors" className="text-link underline">
        errors
      </Link>
      .
    </p>
  </>
)
