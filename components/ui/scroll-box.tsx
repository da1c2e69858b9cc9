import type { ReactNode } from 'react'

/**
 * A box whose content scrolls within it.
 * @param label what is in it, for those who do not see it
 */
export const ScrollBox = ({
  label,
  className,
  children,
}: {
  label: string
  className: string
  children: ReactNode
}) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
  <section aria-label={label} tabIndex={0} className={className}>
    {children}
  </section>
)
