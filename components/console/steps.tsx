import type { ReactNode } from 'react'

type Step = {
  id: string
  title: string
  /** Whether that has been done already. */
  done: boolean
  children: ReactNode
}

/** What is to be done, one after the other, and what of it has been done. */
export const Steps = ({ steps }: { steps: readonly Step[] }) => (
  <ol className="grid max-w-3xl gap-8">
    {steps.map(({ id, title, done, children }, at) => (
      <li key={id} className="grid grid-cols-[2rem_minmax(0,1fr)] gap-x-3">
        <span
          aria-hidden
          className={`grid size-8 place-content-center rounded-pill border text-sm font-semibold tabular-nums ${
            done ? 'border-success bg-success/12 text-success' : 'border-border bg-card text-muted-fg'
          }`}
        >
          {done ? (
            <svg aria-hidden viewBox="0 0 12 12" className="size-4">
              <path d="m2.5 6.5 2.5 2.5 4.5-5.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
            </svg>
          ) : (
            at + 1
          )}
        </span>
        <section aria-labelledby={id} className="grid gap-3 pt-1 text-sm">
          <h2 id={id} className="text-base font-semibold">
            {title}
            {done && <span className="ms-2 text-sm font-normal text-success">Done</span>}
          </h2>
          {children}
        </section>
      </li>
    ))}
  </ol>
)
