import type { ReactNode } from 'react'
import { Empty } from '#components/ui/empty'
import { Pager } from './pager.tsx'

type Props = {
  /** What waits for a decision, as items of a list. */
  waiting: readonly ReactNode[]
  /** What is said where nothing waits. */
  nothing: { title: string; text: string }
  /** A page of what was decided before. */
  past: readonly ReactNode[]
  pager: { first: string | null; next: string | null }
  /** Stands between the two. */
  children?: ReactNode
}

/** What waits for somebody, and below it what did before, a page at a time. */
export function WaitingAndPast({ waiting, nothing, past, pager, children }: Props) {
  return (
    <>
      <section className="mt-6" aria-labelledby="waiting">
        <h2 id="waiting" className="mb-3 font-semibold">
          Waiting for a decision
        </h2>
        {waiting.length === 0 ? (
          <Empty title={nothing.title}>
            <p>{nothing.text}</p>
          </Empty>
        ) : (
          <ul className="grid gap-4">{waiting}</ul>
        )}
      </section>

      {children}

      {(past.length > 0 || pager.first !== null) && (
        <section className="mt-10" aria-labelledby="past">
          <h2 id="past" className="mb-3 font-semibold">
            Before
          </h2>
          <ul className="grid gap-4">{past}</ul>
          <Pager {...pager} />
        </section>
      )}
    </>
  )
}
