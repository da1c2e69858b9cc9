'use client'

import { type ReactNode, useEffect, useState } from 'react'
import { actionOf, Catalogue, manyConnectors } from '#components/portal/catalogue'
import { Notice, noticeOf, noticeOfFailure, StateNotice, said } from '#components/portal/notice'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Field, Input } from '#components/ui/field'
import type { PortalView } from '#lib/consent/schema'
import type { TextsOf } from '#lib/i18n/schema'
import type { PortalStore, Screen } from './portal-store.ts'
import { Waiting } from './waiting.tsx'

export type EntryTexts = {
  entry: TextsOf<'entry'>
  states: TextsOf<'states'>
  catalogue: TextsOf<'catalogue'>
}

/** What a screen may ask of the page: the store in a real one, nothing in the gallery. */
export type Does = Pick<PortalStore, 'choose' | 'back' | 'again' | 'done'>

type Props = {
  screen: Screen
  does: Does
  texts: EntryTexts
  /** Whether there is a host around this page that can bring another session. */
  framed: boolean
}

/** The screen that the store is at. */
export function PortalScreen({ screen, does, texts, framed }: Props): ReactNode {
  const { states } = texts
  const again = framed && (
    <Button variant="secondary" onClick={does.again}>
      {states.start_again}
    </Button>
  )
  switch (screen.name) {
    case 'loading':
      return <Loading texts={texts.entry} />
    case 'catalogue':
      return (
        <Choice view={screen.view} offline={screen.offline === true} choose={does.choose} texts={texts} />
      )
    case 'waiting':
      return <Waiting screen={screen} does={does} texts={texts.entry} />
    case 'connected':
      return <Connected screen={screen} done={does.done} texts={texts} />
    case 'declined':
      return (
        <Notice mark="stopped" title={states.declined_title} actions={again}>
          <p>{said(states.declined_body, { organization: screen.view.organization.name })}</p>
        </Notice>
      )
    case 'failed':
      return <StateNotice state={noticeOfFailure(screen.reason)} texts={states} actions={again} />
    case 'notice': {
      const state = noticeOf(screen.code)
      // A page that is not to be trusted is not asked for another session either.
      const actions = state !== 'origin_not_allowed' && again
      return <StateNotice state={state} texts={states} actions={actions} />
    }
  }
}

function Connected({
  screen,
  done,
  texts: { entry, states },
}: {
  screen: Screen & { name: 'connected' }
  done: () => void
  texts: EntryTexts
}) {
  const { view, connector, account } = screen
  const name = view.connectors.find(({ id }) => id === connector)?.name ?? connector
  return (
    <Notice mark="done" title={states.connected_title} actions={<Button onClick={done}>{entry.done}</Button>}>
      <p>
        {account === null
          ? said(states.connected_plain, { connector: name })
          : said(states.connected_as, { connector: name, account }, ['account'])}
      </p>
      <p>{states.connected_end}</p>
    </Notice>
  )
}

function Choice({
  view,
  offline,
  choose,
  texts: { catalogue, entry },
}: {
  view: PortalView
  offline: boolean
  choose: Does['choose']
  texts: EntryTexts
}) {
  const [sought, setSought] = useState('')
  return (
    <Catalogue
      view={view}
      texts={catalogue}
      sought={sought}
      note={offline && <OfflineNote texts={entry} />}
      search={
        view.connectors.length > manyConnectors && (
          <Field label={catalogue.search}>
            <Input
              type="search"
              autoComplete="off"
              value={sought}
              onChange={(event) => setSought(event.target.value)}
            />
          </Field>
        )
      }
      all={
        <Button variant="secondary" size="small" onClick={() => setSought('')}>
          {catalogue.show_all}
        </Button>
      }
      action={(entry) => {
        const { text, name } = actionOf(entry, catalogue)
        return (
          <Button variant="secondary" aria-label={name} onClick={() => void choose(entry.id)}>
            {text}
          </Button>
        )
      }}
    />
  )
}

const OfflineNote = ({ texts }: { texts: EntryTexts['entry'] }) => (
  <div className="mt-4">
    <Alert tone="warning">{texts.offline}</Alert>
  </div>
)

const slowMs = 6000

/**
 * The shape of the list to come, so that nothing jumps when it does; and what to do when it does not.
 * @param patient never calls it slow by itself
 */
export function Loading({
  texts,
  slow: slowAlready = false,
  patient = false,
}: {
  texts: EntryTexts['entry']
  slow?: boolean
  patient?: boolean
}) {
  const [slow, setSlow] = useState(slowAlready)
  useEffect(() => {
    if (patient) return
    const timer = setTimeout(() => setSlow(true), slowMs)
    return () => clearTimeout(timer)
  }, [patient])
  if (slow) {
    return (
      <Notice
        mark="waiting"
        title={texts.slow_title}
        actions={
          <Button variant="secondary" onClick={() => window.location.reload()}>
            {texts.reload}
          </Button>
        }
      >
        <p>{texts.slow_body}</p>
        <p className="text-fg">{texts.slow_next}</p>
      </Notice>
    )
  }
  return (
    <Card className="overflow-hidden" aria-busy="true">
      <p role="status" className="px-5 pt-7 pb-5 text-sm text-muted-fg sm:px-7">
        {texts.loading}
      </p>
      {[0, 1, 2].map((row) => (
        <div key={row} className="flex items-center gap-3.5 border-t border-border px-5 py-4 sm:px-7">
          <span className="size-10 animate-pulse rounded-control bg-muted" />
          <span className="h-4 flex-1 animate-pulse rounded bg-muted" />
        </div>
      ))}
    </Card>
  )
}
