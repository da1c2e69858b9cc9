import Link from 'next/link'
import type { ReactNode } from 'react'
import { Button, buttonClass } from '#components/ui/button'
import { Checkbox } from '#components/ui/checkbox'
import { Field, Input } from '#components/ui/field'
import type { SavedView } from '#lib/console/schema'

type FormAction = (form: FormData) => Promise<void>

export type ToolbarProps = {
  path: string
  /** What the address asks for now, without the cursor. */
  query: string
  columns: readonly { id: string; header: string; shown: boolean; fixed: boolean }[]
  dense: boolean
  views: readonly SavedView[]
  saveView: FormAction
  deleteView: FormAction
  chooseColumns: FormAction
  /** Whether the list may be taken along; where, and with which filter. */
  download: { path: string; query: string } | null
}

/** What a list offers beside its filter: the views that were saved, its columns, and the list as a file. */
export function Toolbar(props: ToolbarProps) {
  const { path, query, views, download } = props
  const open = views.find((view) => view.query === query)
  return (
    <div className="relative flex flex-wrap items-center gap-2 print:hidden">
      <Menu words={open ? `View: ${open.name}` : 'Views'}>
        <Views {...props} path={path} />
      </Menu>
      <Menu words="Columns">
        <Columns {...props} />
      </Menu>
      {download && (
        <Menu words="Export">
          <p className="text-xs text-muted-fg">
            All rows that match the filter. The audit says who exported.
          </p>
          {(['csv', 'ndjson'] as const).map((format) => (
            <a
              key={format}
              href={`${download.path}?format=${format}${download.query && `&${download.query}`}`}
              download
              className={buttonClass({ variant: 'secondary', size: 'small' })}
            >
              {format === 'csv' ? 'CSV, for spreadsheets' : 'NDJSON, for programs'}
            </a>
          ))}
        </Menu>
      )}
    </div>
  )
}

/** The browser's own disclosure: it needs no script. */
const Menu = ({ words, children }: { words: string; children: ReactNode }) => (
  <details className="group sm:relative" name="list-menu">
    <summary className="flex min-h-9 cursor-pointer list-none items-center gap-1.5 rounded-control border border-input bg-card px-3 text-sm hover:bg-muted [&::-webkit-details-marker]:hidden">
      {words}
      <svg aria-hidden viewBox="0 0 12 12" className="size-3 shrink-0 text-muted-fg group-open:rotate-180">
        <path d="M2.5 4.5 6 8l3.5-3.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
      </svg>
    </summary>
    <div className="absolute inset-x-0 z-20 mt-1 grid max-h-[min(28rem,70dvh)] gap-3 sm:inset-x-auto sm:start-0 sm:w-72 overflow-y-auto rounded-card border border-border bg-card p-3 text-card-fg shadow-card">
      {children}
    </div>
  </details>
)

function Views({ path, query, views, saveView, deleteView }: ToolbarProps) {
  return (
    <>
      {views.length === 0 ? (
        <p className="text-sm text-muted-fg">
          Set a filter and columns, and keep them here under a name. To share one, share the address.
        </p>
      ) : (
        <ul className="grid gap-0.5">
          {views.map((view) => (
            <li key={view.id} className="flex items-center gap-1">
              <Link
                href={view.query ? `${path}?${view.query}` : path}
                aria-current={view.query === query ? 'true' : undefined}
                className="min-w-0 flex-1 truncate rounded-control px-2 py-1.5 text-sm hover:bg-muted aria-[current]:bg-accent aria-[current]:font-medium"
              >
                {view.name}
              </Link>
              <form action={deleteView}>
                <input type="hidden" name="view" value={view.id} />
                <input type="hidden" name="query" value={query} />
                <Button
                  type="submit"
                  variant="quiet"
                  size="small"
                  aria-label={`Delete the view ${view.name}`}
                >
                  Delete
                </Button>
              </form>
            </li>
          ))}
        </ul>
      )}
      <form action={saveView} className="grid gap-2 border-t border-border pt-3">
        <input type="hidden" name="query" value={query} />
        <Field label="Save this view as">
          <Input name="name" required maxLength={60} autoComplete="off" />
        </Field>
        <Button type="submit" variant="secondary" size="small">
          Save view
        </Button>
      </form>
    </>
  )
}

function Columns({ columns, dense, query, chooseColumns }: ToolbarProps) {
  return (
    // What it shows follows the address: a new one makes it a new form.
    <form key={query} action={chooseColumns} className="grid gap-3">
      <input type="hidden" name="query" value={query} />
      <fieldset className="grid gap-2">
        <legend className="mb-1 text-xs font-medium text-muted-fg">Columns</legend>
        {columns.map(({ id, header, shown, fixed }) =>
          fixed ? null : <Checkbox key={id} name="column" value={id} defaultChecked={shown} label={header} />,
        )}
      </fieldset>
      <Checkbox name="dense" value="1" defaultChecked={dense} label="Compact rows" />
      <Button type="submit" variant="secondary" size="small">
        Apply
      </Button>
    </form>
  )
}
