import type { ReactNode } from 'react'

/** A connector's initial on a tile: providers' logos are theirs, and none is fetched from elsewhere. */
export const ConnectorMark = ({ name, size = 'size-10' }: { name: string; size?: string }): ReactNode => (
  <span
    aria-hidden="true"
    className={`${size} grid shrink-0 place-items-center rounded-control border border-border bg-muted text-base font-semibold text-fg`}
  >
    {[...name][0]?.toUpperCase()}
  </span>
)
