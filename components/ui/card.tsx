import type { ComponentProps } from 'react'
import { classes } from './classes.ts'

/** A raised surface. */
export const Card = ({ className, ...rest }: ComponentProps<'div'>) => (
  <div
    className={classes('rounded-card border border-border bg-card text-card-fg shadow-card', className)}
    {...rest}
  />
)
