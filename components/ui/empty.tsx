import type { ReactNode } from 'react'

/**
 * Says why nothing is here, and what would change that.
 * @param action the next step, as a link or a button
 */
export const Empty = ({
  title,
  action,
  children,
}: {
  title: ReactNode
  action?: ReactNode
  children?: ReactNode
}) => (
  <div className="rounded-card border border-dashed border-border px-6 py-12 text-center">
    <p className="font-medium">{title}</p>
    {children && <div className="mx-auto mt-1.5 max-w-prose text-sm text-muted-fg">{children}</div>}
    {action && <div className="mt-4 flex justify-center">{action}</div>}
  </div>
)
