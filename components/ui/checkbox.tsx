import type { ComponentProps, ReactNode } from 'react'
import { useId } from 'react'

/** A box with its label; what explains it is described, so that the label alone is its name. */
export function Checkbox({
  label,
  description,
  ...rest
}: Omit<ComponentProps<'input'>, 'type'> & { label: ReactNode; description?: ReactNode }) {
  const id = useId()
  return (
    <div className="flex items-start gap-3">
      <input
        {...rest}
        id={id}
        type="checkbox"
        {...(description !== undefined && { 'aria-describedby': `${id}-about` })}
        className="mt-0 size-6 shrink-0 accent-primary"
      />
      <div className="min-w-0 pt-0.5">
        <label htmlFor={id} className="block font-medium">
          {label}
        </label>
        {description !== undefined && (
          <div id={`${id}-about`} className="mt-0.5 text-sm text-muted-fg">
            {description}
          </div>
        )}
      </div>
    </div>
  )
}
