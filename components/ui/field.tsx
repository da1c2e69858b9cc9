import { type ComponentProps, cloneElement, type ReactElement, type ReactNode, useId } from 'react'
import { classes } from './classes.ts'

const control =
  'min-h-10 w-full rounded-control border border-input bg-card px-3 py-2 text-sm text-card-fg placeholder:text-muted-fg disabled:opacity-60 aria-invalid:border-danger'

type Described = { id?: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }

/** A label above its one control; hint and error describe the control and stay out of its name. */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: ReactNode
  hint?: ReactNode
  error?: ReactNode
  children: ReactElement<Described>
}) {
  const own = useId()
  const id = children.props.id ?? own
  return (
    <div className="grid gap-1.5 text-sm">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {cloneElement(children, {
        id,
        ...((hint || error) && { 'aria-describedby': `${id}-about` }),
        ...(error && { 'aria-invalid': true }),
      })}
      {(hint || error) && (
        <div id={`${id}-about`} className="grid gap-1 text-xs">
          {hint && <span className="text-muted-fg">{hint}</span>}
          {error && (
            <span role="alert" className="text-danger">
              {error}
            </span>
          )}
        </div>
      )}
    </div>
  )
}

export const Input = ({ className, ...rest }: ComponentProps<'input'>) => (
  <input className={classes(control, className)} {...rest} />
)

export const Select = ({ className, ...rest }: ComponentProps<'select'>) => (
  <select className={classes(control, className)} {...rest} />
)
