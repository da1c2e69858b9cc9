import type { ReactNode } from 'react'

/** Names and values, two columns where there is room. */
export const Facts = ({ children }: { children: ReactNode }) => (
  <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[10rem_minmax(0,1fr)] sm:gap-y-2.5">{children}</dl>
)

export const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="sm:contents">
    <dt className="text-muted-fg">{name}</dt>
    <dd className="wrap-anywhere">{children}</dd>
  </div>
)
