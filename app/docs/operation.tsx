import Link from 'next/link'
import { Badge, type Tone } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import { Command, curlOf } from '#components/ui/curl'
import { Table, Th } from '#components/ui/table'
import type { ErrorCode } from '#lib/errors'
import type { Contract, Method } from '#lib/http'
import { exampleBody, examplePath, exampleQuery } from './example.ts'
import { type Field, fieldsOf } from './fields.ts'
import { InlineCode } from './inline-code.tsx'
import { withoutExample } from './sample-bodies.ts'

const tones: Record<Method, Tone> = {
  GET: 'info',
  POST: 'success',
  PUT: 'warning',
  PATCH: 'warning',
  DELETE: 'danger',
}

/** The command that makes an operation's example. */
function exampleOf(contract: Contract, publicUrl: string): string {
  const query = new URLSearchParams(exampleQuery(contract)).toString()
  const body = exampleBody(contract)
  return curlOf({
    method: contract.method,
    url: `${publicUrl}${examplePath(contract)}${query && `?${query}`}`,
    ...(body !== undefined && { body }),
  })
}

/** One operation: what it takes, what it answers, what it refuses with. */
export function Operation({ contract, publicUrl }: { contract: Contract; publicUrl: string }) {
  const { operationId, method, path, summary, description, status, audit, accepted, errors = [] } = contract
  return (
    <Card
      id={operationId}
      className="grid scroll-mt-4 grid-cols-1 gap-4 p-4 target:border-ring sm:p-5 print:break-inside-avoid-page print:shadow-none"
    >
      <div>
        <h3 className="font-medium">{summary}</h3>
        <p className="mt-1.5 flex flex-wrap items-center gap-2">
          <Badge tone={tones[method]}>{method}</Badge>
          <code className="font-mono text-sm break-all">{path}</code>
          <a href={`#${operationId}`} className="text-sm text-muted-fg">
            {operationId}
          </a>
        </p>
        {description && (
          <p className="mt-3 max-w-prose text-sm text-muted-fg">
            <InlineCode>{description}</InlineCode>
          </p>
        )}
      </div>
      <Fields title="Path" of={operationId} fields={fieldsOf(contract.params, 'input')} />
      <Fields title="Query" of={operationId} fields={fieldsOf(contract.query, 'input')} />
      <Fields title="Body" of={operationId} fields={fieldsOf(contract.body, 'input')} />
      {!withoutExample.includes(operationId) && (
        <Command text={exampleOf(contract, publicUrl)} what={`the example of ${operationId}`} />
      )}
      <Answer {...{ status, of: operationId, fields: fieldsOf(contract.output, 'output') }} />
      {accepted && <Answer status={202} of={operationId} fields={fieldsOf(accepted, 'output')} />}
      <div className="grid gap-1 text-sm text-muted-fg">
        {method === 'POST' && contract.idempotency !== 'none' && (
          <p>
            <InlineCode>Takes `Idempotency-Key`: within 24 hours it is made once per key.</InlineCode>
          </p>
        )}
        {errors.length > 0 && <Refusals codes={errors} />}
        <p>
          <InlineCode>
            {typeof audit === 'string' ? `Audited as \`${audit}\`.` : `Not audited: ${audit.none}.`}
          </InlineCode>
        </p>
      </div>
    </Card>
  )
}

const Refusals = ({ codes }: { codes: readonly ErrorCode[] }) => (
  <p>
    Refusals of its own:{' '}
    {[...new Set(codes)].map((code, at) => (
      <span key={code}>
        {at > 0 && ', '}
        <Link href={`/docs/errors#${code}`} prefetch={false} className="font-mono text-link">
          {code}
        </Link>
      </span>
    ))}
    .
  </p>
)

function Answer({ status, of, fields }: { status: number; of: string; fields: Field[] }) {
  if (fields.length === 0) {
    return <p className="text-sm">{status === 204 ? 'Answers 204, without a body.' : `Answers ${status}.`}</p>
  }
  return (
    <details>
      <summary className="w-fit py-1 text-sm font-medium">Answers {status}</summary>
      <div className="mt-2">
        <FieldTable label={`Answer ${status} of ${of}`} fields={fields} />
      </div>
    </details>
  )
}

const Fields = ({ title, of, fields }: { title: string; of: string; fields: Field[] }) =>
  fields.length > 0 && (
    <div>
      <h4 className="mb-1.5 text-sm font-medium">{title}</h4>
      <FieldTable label={`${title} of ${of}`} fields={fields} asked />
    </div>
  )

/** The looks are given once for all cells: the page has a thousand of them. */
const cells =
  '[&_td]:border-t [&_td]:border-border [&_td]:px-4 [&_td]:py-2 [&_td]:align-top [&_td:nth-child(-n+2)]:font-mono [&_td:nth-child(-n+2)]:text-xs [&_td:nth-child(2)]:min-w-32 [&_td:nth-child(3)]:min-w-48'

/** A field within another stands behind the path that leads to it, which is told once by its line above. */
function Name({ name }: { name: string }) {
  const at = Math.max(name.lastIndexOf('.'), 0)
  return (
    <>
      {at > 0 && <span className="text-muted-fg">{name.slice(0, at + 1)}</span>}
      {at > 0 ? name.slice(at + 1) : name}
    </>
  )
}

const FieldTable = ({ label, fields, asked }: { label: string; fields: Field[]; asked?: boolean }) => (
  <Table label={label}>
    <thead>
      <tr>
        <Th>Field</Th>
        <Th>Type</Th>
        <Th>Meaning</Th>
      </tr>
    </thead>
    <tbody className={cells}>
      {fields.map(({ name, type, required, description }) => (
        <tr key={name}>
          <td>
            <Name name={name} />
          </td>
          <td>{type}</td>
          <td>
            {asked && required && <b>Required. </b>}
            {description && <InlineCode>{description}</InlineCode>}
          </td>
        </tr>
      ))}
    </tbody>
  </Table>
)
