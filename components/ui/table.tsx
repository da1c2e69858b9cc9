import type { ComponentProps } from 'react'
import { classes } from './classes.ts'
import { ScrollBox } from './scroll-box.tsx'

/**
 * A table that scrolls inside its own box, reachable by keyboard.
 * @param label what the table is of, for those who do not see it
 * @param fixed columns keep the widths they are given instead of following their content
 * @param dense more rows in the same height
 */
export const Table = ({
  label,
  fixed = false,
  dense = false,
  children,
}: Pick<ComponentProps<'table'>, 'children'> & { label: string; fixed?: boolean; dense?: boolean }) => (
  <ScrollBox
    label={label}
    className="overflow-x-auto rounded-card border border-border bg-card print:overflow-visible"
  >
    <table
      className={classes(
        'w-full border-collapse text-start text-sm text-card-fg',
        // What is told is read word by word, not letter by letter: where there is little room the box scrolls.
        !fixed &&
          '[&_td:first-child:not(:has(input))]:min-w-32 [&_td.wrap-anywhere]:min-w-36 [&_td:has(.wrap-anywhere,.break-all)]:min-w-36',
        fixed && 'table-fixed',
        dense && '[&_td]:px-3 [&_td]:py-1.5 [&_th]:px-3 [&_th]:py-2',
      )}
    >
      {children}
    </table>
  </ScrollBox>
)

export const Th = ({ className, ...rest }: ComponentProps<'th'>) => (
  <th
    scope="col"
    className={classes(
      'border-b border-border bg-muted/50 px-4 py-2.5 text-start text-xs font-medium whitespace-nowrap text-muted-fg',
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
