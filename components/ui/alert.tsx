import type { ReactNode } from 'react'
import type { Tone } from './badge.tsx'
import { classes } from './classes.ts'

const tones: Record<Tone, string> = {
  neutral: 'border-border bg-muted/60',
  success: 'border-success/35 bg-success/8',
  warning: 'border-warning/35 bg-warning/8',
  danger: 'border-danger/35 bg-danger/8',
  info: 'border-info/35 bg-info/8',
}

/** Something to know now. Urgent tones are announced at once, the others when the reader pauses. */
export const Alert = ({
  tone = 'info',
  title,
  children,
}: {
  tone?: Tone
  title?: ReactNode
  children?: ReactNode
}) => (
  <div
    role={tone === 'danger' || tone === 'warning' ? 'alert' : 'status'}
    className={classes('rounded-control border px-4 py-3 text-sm leading-relaxed', tones[tone])}
  >
    {title && <p className="font-semibold">{title}</p>}
    {children && <div className={title ? 'mt-1' : ''}>{children}</div>}
  </div>
)
