import type { ComponentProps } from 'react'
import { classes } from './classes.ts'

/**
 * A table that scrolls inside its own box, reachable by keyboard.
 * @param label what the table is of, for those who do not see it
 * @param fixed columns keep the widths they are given instead of following their content
 */
export const Table = ({
  label,
  fixed = false,
  children,
}: Pick<ComponentProps<'table'>, 'children'> & { label: string; fixed?: boolean }) => (
  <section
    aria-label={label}
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    tabIndex={0}
    className="overflow-x-auto rounded-card border border-border bg-card"
  >
    <table
      className={classes('w-full border-collapse text-left text-sm text-card-fg', fixed && 'table-fixed')}
    >
      {children}
    </table>
  </section>
)

export const Th = ({ className, ...rest }: ComponentProps<'th'>) => (
  <th
    scope="col"
    className={classes(
      'border-b border-border bg-muted/50 px-4 py-2.5 text-xs font-medium whitespace-nowrap text-muted-fg',
      className,
    )}
    {...rest}
  />
)

export const Td = ({ className, ...rest }: ComponentProps<'td'>) => (
  <td
    className={classes('border-b border-border px-4 py-3 align-top [tr:last-child>&]:border-b-0', className)}
    {...rest}
  />
)
