import { ScrollBox } from '#components/ui/scroll-box'
import { type DiffLine, lineDiff } from './line-diff.ts'

type Problem = {
  severity: 'error' | 'warning'
  line: number | null
  column: number | null
  message: string
  fix: string | null
}

const box =
  'overflow-x-auto rounded-card border border-border bg-card py-3 font-mono text-xs leading-5 text-card-fg'

/** A version's text as it is, each line with its number. */
export const SourceView = ({ source }: { source: string }) => (
  <ScrollBox label="Source" className={box}>
    <pre>
      {source.split('\n').map((text, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <div key={at} className="flex">
          <span aria-hidden="true" className="w-12 shrink-0 pe-4 text-end text-muted-fg select-none">
            {at + 1}
          </span>
          <span className="pe-4">{text || ' '}</span>
        </div>
      ))}
    </pre>
  </ScrollBox>
)

const signs: Record<DiffLine['kind'], { sign: string; words: string; look: string }> = {
  same: { sign: ' ', words: '', look: '' },
  gone: { sign: '-', words: 'Taken out: ', look: 'bg-danger/12' },
  new: { sign: '+', words: 'Put in: ', look: 'bg-success/12' },
}

/** What changed between two versions. */
export function DiffView({ before, after }: { before: string; after: string }) {
  const lines = lineDiff(before, after)
  if (lines.every(({ kind }) => kind === 'same'))
    return <p className="text-sm text-muted-fg">They say the same.</p>
  return (
    <ScrollBox label="Changes" className={box}>
      <pre>
        {lines.map(({ kind, text }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
          <div key={at} className={`flex ${signs[kind].look}`}>
            <span aria-hidden="true" className="w-8 shrink-0 text-center select-none">
              {signs[kind].sign}
            </span>
            <span className="pe-4">
              <span className="sr-only">{signs[kind].words}</span>
              {text || ' '}
            </span>
          </div>
        ))}
      </pre>
    </ScrollBox>
  )
}

/** What is wrong with a draft, by line. */
export const Problems = ({ problems }: { problems: readonly Problem[] }) =>
  problems.length === 0 ? (
    <p className="text-sm text-muted-fg">Nothing is wrong with it.</p>
  ) : (
    <ul className="grid gap-2 text-sm">
      {problems.map(({ severity, line, column, message, fix }) => (
        <li key={`${line}:${column}:${message}`} className="wrap-anywhere">
          <span className={severity === 'error' ? 'font-medium text-danger' : 'font-medium text-warning'}>
            {severity === 'error' ? 'Error' : 'Warning'}
            {line !== null && `, line ${line}`}
          </span>
          : {message}
          {fix !== null && <span className="block text-xs text-muted-fg">{fix}</span>}
        </li>
      ))}
    </ul>
  )
