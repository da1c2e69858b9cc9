import type { ReactNode } from 'react'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Checkbox } from '#components/ui/checkbox'
import { Field, Input } from '#components/ui/field'
import type { Translator } from '#lib/i18n/schema'

type Choice = { value: string; label: string; picked: boolean }

export type PickerView = {
  who: string
  connector: { name: string }
  account: string
  kind: string
  title: string
  picked: Choice[]
  items: Choice[]
  next: string | null
  search: string
  count: number
  failed: boolean
}

const bold = (chunks: ReactNode[]) => (
  <strong key={chunks.join('')} className="font-semibold">
    {chunks}
  </strong>
)

const Boxes = ({ choices }: { choices: readonly Choice[] }) => (
  <ul className="mt-3 grid gap-2.5">
    {choices.map(({ value, label, picked }) => (
      <li key={value} className="min-w-0 break-words">
        <input type="hidden" name="shown" value={value} />
        <Checkbox name="pick" value={value} label={label} defaultChecked={picked} />
      </li>
    ))}
  </ul>
)

/**
 * What may be reached, picked one by one after the person has signed in. One plain form: searching and paging send
 * what is ticked too, so that nothing is lost without a script.
 */
export function ResourcePicker({
  session,
  view,
  missing,
  t,
}: {
  session: string
  view: PickerView
  missing: boolean
  t: Translator
}) {
  const { connector, account } = view
  const empty = view.items.length === 0 && !view.failed
  return (
    <Card>
      <form method="post" action={`/connect/${session}/resources/pick`}>
        <input type="hidden" name="kind" value={view.kind} />
        <input type="hidden" name="cursor" value={view.next ?? ''} />
        <div className="px-5 pt-6 pb-5 sm:px-7 sm:pt-7">
          <h1 className="text-xl leading-snug font-normal">
            {t.rich<ReactNode>('consent.pick_title', { who: view.who, b: bold })}
          </h1>
          <p className="mt-2 text-sm leading-relaxed text-muted-fg">
            {t('consent.pick_about', { connector: connector.name, account })}
          </p>
        </div>
        <section className="border-t border-border px-5 py-5 sm:px-7">
          <h2 className="text-sm font-semibold">{view.title}</h2>
          <p role="status" className="mt-0.5 text-sm text-muted-fg">
            {t('consent.pick_picked', { count: view.count })}
          </p>
          {missing && (
            <p role="alert" className="mt-3 text-sm font-medium text-danger">
              {t('consent.pick_missing')}
            </p>
          )}
          {view.picked.length > 0 && <Boxes choices={view.picked} />}
          <div className="mt-4 flex flex-wrap items-end gap-2">
            <div className="min-w-0 flex-1 basis-40">
              <Field label={t('consent.pick_search')}>
                <Input type="search" name="search" defaultValue={view.search} autoComplete="off" />
              </Field>
            </div>
            <Button type="submit" name="next" value="search" variant="secondary">
              {t('consent.pick_find')}
            </Button>
          </div>
          {view.failed && (
            <p role="alert" className="mt-4 text-sm">
              {t('consent.pick_failed', { connector: connector.name })}
            </p>
          )}
          {empty && (
            <p className="mt-4 text-sm text-muted-fg">
              {view.search ? t('consent.pick_none') : t('consent.pick_empty', { connector: connector.name })}
            </p>
          )}
          <Boxes choices={view.items} />
          {view.next !== null && (
            <Button type="submit" name="next" value="more" variant="secondary" className="mt-4">
              {t('consent.pick_more')}
            </Button>
          )}
        </section>
        <div className="sticky bottom-0 grid gap-3 min-[22rem]:grid-cols-2 rounded-b-card border-t border-border bg-card px-5 py-4 sm:px-7">
          <Button type="submit" name="next" value="done" size="large" className="font-semibold">
            {t('consent.pick_done')}
          </Button>
          <Button
            type="submit"
            size="large"
            variant="secondary"
            className="border-fg! font-semibold"
            formAction={`/connect/${session}/decline`}
          >
            {t('consent.decline')}
          </Button>
        </div>
      </form>
    </Card>
  )
}
