import type { ComponentProps } from 'react'
import { classes } from './classes.ts'

export type ButtonVariant = 'primary' | 'secondary' | 'danger' | 'quiet'
export type ButtonSize = 'small' | 'medium' | 'large'

const variants: Record<ButtonVariant, string> = {
  // A brand colour close to the card's would vanish: the edge is one that is seen.
  primary: 'border-[var(--bhf-primary-edge)] bg-primary text-primary-fg hover:bg-[var(--bhf-primary-hover)]',
  secondary: 'border-input bg-card text-card-fg hover:bg-muted',
  danger: 'border-danger bg-danger text-danger-fg hover:bg-[var(--bhf-danger-hover)]',
  quiet: 'border-transparent bg-transparent text-fg hover:bg-muted',
}

const sizes: Record<ButtonSize, string> = {
  small: 'min-h-8 px-3 py-1 text-sm',
  medium: 'min-h-10 px-4 py-2 text-sm',
  // Side by side on the narrowest screens a word must not break in two, in any of the languages.
  large: 'min-h-12 px-2 py-2.5 text-sm min-[22rem]:text-base min-[26rem]:px-5',
}

type Look = { variant?: ButtonVariant; size?: ButtonSize }

/** The look of a button, for links that act as one (`next/link` in the console). */
export const buttonClass = ({ variant = 'primary', size = 'medium' }: Look = {}): string =>
  classes(
    'inline-flex items-center justify-center gap-2 rounded-control border text-center font-medium no-underline transition-colors select-none',
    'disabled:cursor-not-allowed disabled:opacity-60',
    variants[variant],
    sizes[size],
  )

/** A button; without `type` it does not submit a form. */
export const Button = ({
  variant,
  size,
  className,
  type = 'button',
  ...rest
}: ComponentProps<'button'> & Look) => (
  <button
    type={type}
    className={classes(buttonClass({ ...(variant && { variant }), ...(size && { size }) }), className)}
    {...rest}
  />
)

export const ButtonLink = ({ variant, size, className, ...rest }: ComponentProps<'a'> & Look) => (
  <a
    className={classes(buttonClass({ ...(variant && { variant }), ...(size && { size }) }), className)}
    {...rest}
  />
)
