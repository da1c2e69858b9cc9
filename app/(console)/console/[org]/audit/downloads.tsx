import Link from 'next/link'
import { ButtonLink } from '#components/ui/button'
import { hrefWith } from '../../href-with.ts'

const formats = [
  { format: 'html', words: 'To print' },
  { format: 'json', words: 'JSON with proof' },
  { format: 'csv', words: 'CSV' },
] as const

/** Evidence of what the filter finds, as files. Plain links: each is made as it is read. */
export const Downloads = ({
  path,
  given,
  reports,
}: {
  path: string
  given: Readonly<Record<string, string>>
  reports: string | null
}) => (
  <section
    aria-labelledby="evidence"
    className="rounded-card border border-border bg-card p-4 text-sm text-card-fg print:hidden"
  >
    <h2 id="evidence" className="font-medium">
      Evidence of these events
    </h2>
    <p className="mt-1 max-w-prose text-muted-fg">
      Who acted, under what authority, with which credential and scopes, against which resource. The JSON file
      proves itself: <code className="font-mono text-xs">behalf verify-audit FILE</code> needs nothing else.
      Each download is recorded.
    </p>
    <div className="mt-3 flex flex-wrap items-center gap-2">
      {formats.map(({ format, words }) => (
        <ButtonLink
          key={format}
          href={hrefWith(`${path}/evidence`, given, { format })}
          variant="secondary"
          size="small"
        >
          {words}
        </ButtonLink>
      ))}
      {reports !== null && (
        <Link href={reports} className="ms-2 text-link underline-offset-2 hover:underline">
          Reports for auditors
        </Link>
      )}
    </div>
  </section>
)
