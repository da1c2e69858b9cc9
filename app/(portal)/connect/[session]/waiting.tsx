'use client'

import type { ReactNode } from 'react'
import { Notice, said } from '#components/portal/notice'
import { Button, buttonClass } from '#components/ui/button'
import type { TextsOf } from '#lib/i18n/schema'
import type { PortalStore, Screen } from './portal-store.ts'

type WaitingScreen = Screen & { name: 'waiting' }
type Props = {
  screen: WaitingScreen
  does: Pick<PortalStore, 'choose' | 'back'>
  texts: TextsOf<'entry'>
}

/** What is known of the window in which the person decides. */
export function phaseOf({ returned, approval, blocked, lost, url }: WaitingScreen) {
  if (returned) return 'returned'
  if (approval) return 'approval'
  if (blocked) return 'blocked'
  if (lost) return 'lost'
  return url === null ? 'opening' : 'waiting'
}

/** Something goes on in a window of its own; this says so until the server says how it ended. */
export function Waiting({ screen, does, texts }: Props): ReactNode {
  const { view, connector, url, offline } = screen
  const name = view.connectors.find(({ id }) => id === connector)?.name ?? connector
  const phase = phaseOf(screen)
  const values = { organization: view.organization.name, connector: name }
  const back = (
    <Button variant="quiet" onClick={does.back}>
      {texts.back}
    </Button>
  )
  const again = (
    <>
      <Button variant="secondary" onClick={() => void does.choose(connector)}>
        {texts.open_again}
      </Button>
      {back}
    </>
  )
  const actions = {
    returned: null,
    approval: back,
    opening: back,
    blocked: (
      <>
        {url && (
          <a href={url} target="_blank" rel="noopener opener" className={buttonClass()}>
            {texts.blocked_open}
          </a>
        )}
        {back}
      </>
    ),
    lost: again,
    waiting: again,
  }
  return (
    <Notice mark="waiting" title={texts[`${phase}_title`]} actions={actions[phase]}>
      <p>{said(texts[`${phase}_body`], values)}</p>
      {/* There before it changes, so that it is announced. */}
      <p role="status" className="text-warning empty:hidden">
        {offline && texts.offline}
      </p>
    </Notice>
  )
}
