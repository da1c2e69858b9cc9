import Link from 'next/link'

/** Ways through a list that is read newest first; nothing where there is one page. */
export function Pager({ first, next }: { first: string | null; next: string | null }) {
  if (first === null && next === null) return null
  const style =
    'rounded-control border border-border px-3 py-1.5 text-sm hover:bg-muted focus-visible:outline-2 focus-visible:outline-ring'
  return (
    <nav aria-label="Pages" className="mt-4 flex justify-between gap-3">
      {first === null ? (
        <span />
      ) : (
        <Link href={first} className={style}>
          Back to newest
        </Link>
      )}
      {next === null ? (
        <span />
      ) : (
        <Link href={next} className={style}>
          Older
        </Link>
      )}
    </nav>
  )
}
