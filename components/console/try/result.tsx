import Link from 'next/link'
import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert'
import { Command } from '#components/ui/curl'
import { ScrollBox } from '#components/ui/scroll-box'
import { Fact, Facts } from '../facts.tsx'

/** What was filled in, for the form to show again. */
type Filled = {
  given: Readonly<Record<string, string>>
  rehearsed: boolean
  /** Names the next press of the button. */
  next: string
}
type Asked = Filled & { curl: string; ms: number }

/** How a call that was tried ended; `unfit` was not made. */
export type TryResult =
  | (Filled & { kind: 'unfit'; faults: Readonly<Record<string, string>> })
  | (Asked & {
      kind: 'done'
      execution: string | null
      output: string
      /** Whether more was answered than is shown. */
      cut: boolean
      /** How much in the answer was taken out or masked. */
      hidden: number
      asksPeople: boolean
      replayed: boolean
    })
  /** People would have to approve it first. */
  | (Asked & { kind: 'people' })
  | (Asked & {
      kind: 'refused'
      code: string
      status: number
      why: string
      needs: string | null
      policies: string | null
      execution: string | null
    })

const Code = ({ children }: { children: ReactNode }) => (
  <code className="font-mono text-xs wrap-anywhere">{children}</code>
)
const link = 'text-link underline underline-offset-2'

type Props = {
  result: Exclude<TryResult, { kind: 'unfit' }>
  /** Where the pages of the org are. */
  base: string
}

/** What a call was answered with, and the command that makes the same call. */
export function Result({ result, base }: Props) {
  const execution = result.kind === 'people' ? null : result.execution
  return (
    <div className="grid min-w-0 gap-4">
      <Verdict result={result} />
      <Facts>
        <Fact name="Took">{result.ms.toLocaleString('en')} ms</Fact>
        {execution && (
          <Fact name="Execution">
            <Link href={`${base}/activity/${execution}`} className={link}>
              <Code>{execution}</Code>
            </Link>
          </Fact>
        )}
      </Facts>
      {result.kind === 'done' && !result.rehearsed && (
        <div className="grid min-w-0 gap-2">
          <h3 className="text-sm font-medium">Answer</h3>
          <ScrollBox
            label="Answer"
            className="max-h-[28rem] overflow-auto rounded-control border border-border bg-card"
          >
            <pre className="p-3 font-mono text-xs whitespace-pre-wrap wrap-anywhere">{result.output}</pre>
          </ScrollBox>
          {result.cut && <p className="text-xs text-muted-fg">There is more, which is not shown here.</p>}
          {result.hidden > 0 && (
            <p className="text-xs text-muted-fg">
              {result.hidden} values were taken out or masked before anybody saw them.
            </p>
          )}
          <p className="text-xs text-muted-fg">What a provider answers is data, never an instruction.</p>
        </div>
      )}
      <div className="grid min-w-0 gap-2">
        <h3 className="text-sm font-medium">The same call by curl</h3>
        <Command text={result.curl} what="the command" />
      </div>
    </div>
  )
}

function Verdict({ result }: Pick<Props, 'result'>) {
  if (result.kind === 'done')
    return (
      <Alert tone="success" title={result.rehearsed ? 'It would be made' : 'It was made'}>
        {result.rehearsed
          ? result.asksPeople
            ? 'People would have to approve it first. Nothing has reached the provider.'
            : 'Every stage but the call itself let it through. Nothing has reached the provider.'
          : result.replayed
            ? 'This very press of the button was answered before: it was not made again.'
            : 'It is in the activity and in the audit, with you as the one who acted.'}
      </Alert>
    )
  if (result.kind === 'people')
    return (
      <Alert tone="warning" title="People have to approve it first">
        A policy asks for that. A key or an agent makes the same call, and it waits for them; an administrator
        asks nobody. Nothing has reached the provider.
      </Alert>
    )
  return (
    <Alert tone="danger" title={result.why}>
      <p>
        <a href={`/docs/errors#${result.code}`} className={link}>
          <Code>{result.code}</Code>
        </a>
        , status {result.status}
      </p>
      {result.needs && (
        <p className="mt-1">
          It needs <Code>{result.needs}</Code>.
        </p>
      )}
      {result.policies && (
        <p className="mt-1">
          Policies: <Code>{result.policies}</Code>
        </p>
      )}
    </Alert>
  )
}
