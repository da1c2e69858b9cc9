import type { ReactNode } from 'react'

/** A colour as it is. Drawn, not styled: the policy allows no style on an element. */
export const Swatch = ({
  colour,
  className = 'size-5',
}: {
  colour: string
  className?: string
}): ReactNode => (
  <svg aria-hidden="true" viewBox="0 0 20 20" className={`${className} shrink-0 rounded-[4px]`}>
    <rect width="20" height="20" fill={colour} />
    <rect
      x="0.5"
      y="0.5"
      width="19"
      height="19"
      rx="3.5"
      fill="none"
      stroke="currentColor"
      strokeOpacity="0.35"
    />
  </svg>
)
