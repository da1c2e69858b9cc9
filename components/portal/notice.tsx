import type { ReactNode } from 'react'
import { Card } from '#components/ui/card'
import type { TextsOf } from '#lib/i18n/schema'
import { classes } from '../ui/classes.ts'
import { type Mark, type NoticeName, noticeFor, noticeOf, noticeOfFailure } from './notices.ts'
import { said } from './said.tsx'

export { said } from './said.tsx'
export { noticeFor, noticeOf, noticeOfFailure }

const marks: Record<Mark, { paint: string; path: string }> = {
  done: { paint: 'bg-success/12 text-success', path: 'M4.5 10.5l3.5 3.5 7.5-8' },
  stopped: { paint: 'bg-muted text-muted-fg', path: 'M6 6l8 8M14 6l-8 8' },
  invited: {
    paint: 'bg-accent text-link',
    path: 'M8.5 11.5l3-3M7 9l-1.8 1.8a2.8 2.8 0 0 0 4 4L11 13M13 11l1.8-1.8a2.8 2.8 0 0 0-4-4L9 7',
  },
  waiting: {
    paint: 'bg-accent text-link',
    path: 'M11 4h5v5M16 4l-7 7M8.5 5H5.5A1.5 1.5 0 0 0 4 6.5v8A1.5 1.5 0 0 0 5.5 16h8a1.5 1.5 0 0 0 1.5-1.5v-3',
  },
  attention: { paint: 'bg-warning/12 text-warning', path: 'M10 5v6M10 14.2v.3' },
}

/**
 * One thing to know, as a whole screen: a mark, a heading, what it means, what to do next.
 * The heading takes the focus when a screen replaces another; what asks for attention is announced as an alert.
 */
export const Notice = ({
  mark = 'attention',
  title,
  children,
  actions,
}: {
  mark?: Mark
  title: ReactNode
  children: ReactNode
  actions?: ReactNode
}) => (
  <Card className="px-5 py-8 text-center sm:px-9 sm:py-10">
    <div role={mark === 'attention' ? 'alert' : 'status'}>
      <span
        aria-hidden="true"
        className={classes('mx-auto grid size-12 place-items-center rounded-pill', marks[mark].paint)}
      >
        <svg aria-hidden="true" viewBox="0 0 20 20" className="size-5.5" fill="none" stroke="currentColor">
          <path d={marks[mark].path} strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
      </span>
      <h1 tabIndex={-1} className="mt-5 text-xl leading-snug font-semibold outline-none">
        {title}
      </h1>
      <div className="mx-auto mt-2.5 grid max-w-sm gap-2.5 text-sm leading-relaxed text-pretty text-muted-fg">
        {children}
      </div>
    </div>
    {actions && <div className="mt-7 flex flex-wrap justify-center gap-3 empty:hidden">{actions}</div>}
  </Card>
)

/**
 * A state that has its words in the namespace `states`: what happened, and what to do now.
 * @param texts `t.texts('states')`
 * @param values for the `{name}`s of its words: `organization`, `connector`, `account`
 */
export const StateNotice = ({
  state,
  texts,
  mark = 'attention',
  values = {},
  children,
  actions,
}: {
  state: NoticeName
  texts: TextsOf<'states'>
  mark?: Mark
  values?: Readonly<Record<string, string>>
  children?: ReactNode
  actions?: ReactNode
}) => (
  <Notice mark={mark} title={said(texts[`${state}_title`], values)} actions={actions}>
    <p>{said(texts[`${state}_body`], values, ['account', 'connector'])}</p>
    {children}
    <p className="text-fg">{said(texts[`${state}_next`], values)}</p>
  </Notice>
)
