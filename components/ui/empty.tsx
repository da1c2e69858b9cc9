import type { ReactNode } from 'react'

/** Says why nothing is here, and what would change that. */
export const Empty = ({ title, children }: { title: ReactNode; children?: ReactNode }) => (
  <div className="rounded-card border border-dashed border-border px-6 py-12 text-center">
    <p className="font-medium">{title}</p>
    {children && <div className="mx-auto mt-1.5 max-w-prose text-sm text-muted-fg">{children}</div>}
  </div>
)
