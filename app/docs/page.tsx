import type { Metadata } from 'next'
import Link from 'next/link'
import { config } from '#lib/config'
import { type Contract, everywhere } from '#lib/http'
import { contracts } from '../api/v1/openapi.json/contracts.ts'
import { Operation } from './operation.tsx'
import { Shell } from './shell.tsx'

export const metadata: Metadata = { title: 'API reference' }

/** `Connected accounts` → `connected-accounts`. */
const anchorOf = (tag: string) => tag.toLowerCase().replaceAll(' ', '-')

type ByTag = readonly (readonly [tag: string, operations: readonly Contract[]])[]

/** The reference, made from the contracts that parse the requests, as the OpenAPI document is. */
export default function DocsPage() {
  const { publicUrl } = config()
  const byTag: ByTag = [...Map.groupBy(contracts, ({ tag }) => tag)]
  return (
    <Shell
      here="/docs"
      title="API reference"
      lead={<Lead publicUrl={publicUrl} />}
      aside={<Contents byTag={byTag} />}
    >
      {byTag.map(([tag, operations]) => (
        <section key={tag} aria-labelledby={anchorOf(tag)} className="mt-10 grid grid-cols-1 gap-4">
          <h2 id={anchorOf(tag)} className="scroll-mt-4 text-xl font-semibold">
            {tag}
          </h2>
          {operations.map((contract) => (
            <Operation key={contract.operationId} contract={contract} publicUrl={publicUrl} />
          ))}
        </section>
      ))}
    </Shell>
  )
}

/** Every operation by its tag; where there is no room beside the text, the tags alone. */
const Contents = ({ byTag }: { byTag: ByTag }) => (
  <nav aria-label="Operations" className="print:hidden">
    <ul className="columns-2 gap-6 text-sm sm:columns-3 lg:columns-1">
      {byTag.map(([tag, operations]) => (
        <li key={tag} className="break-inside-avoid lg:mb-4">
          <a href={`#${anchorOf(tag)}`} className="block py-1 text-link lg:font-medium lg:text-fg">
            {tag} <span className="text-muted-fg lg:hidden">{operations.length}</span>
          </a>
          <ul className="hidden lg:block">
            {operations.map(({ operationId, summary }) => (
              <li key={operationId}>
                <a
                  href={`#${operationId}`}
                  title={summary}
                  className="block py-1 font-mono text-xs text-muted-fg hover:text-fg"
                >
                  {operationId}
                </a>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  </nav>
)

const Code = ({ children }: { children: string }) => (
  <code className="rounded-sm bg-muted px-1 font-mono text-[0.9em] break-all">{children}</code>
)

const Lead = ({ publicUrl }: { publicUrl: string }) => (
  <>
    <p>
      JSON over HTTP at <Code>{`${publicUrl}/api/v1`}</Code>, with a secret key as{' '}
      <Code>Authorization: Bearer bhf_sk_…</Code>; the examples take it from <Code>$BEHALF_API_KEY</Code>.
      Times are UTC, durations whole seconds, unknown fields of a body are refused.
    </p>
    <p className="mt-3">
      Lists answer <Code>data</Code>, <Code>has_more</Code> and <Code>next_cursor</Code>; pass the last as{' '}
      <Code>cursor</Code> for the next page. Any operation may answer{' '}
      {everywhere.map((code, at) => (
        <span key={code}>
          {at > 0 && (at === everywhere.length - 1 ? ' or ' : ', ')}
          <Link href={`/docs/errors#${code}`} prefetch={false} className="text-link underline">
            <Code>{code}</Code>
          </Link>
        </span>
      ))}
      . Every answer has its <Code>X-Request-Id</Code>, by which the console’s requests log finds it.
    </p>
  </>
)
