import type { ReactNode } from 'react'
import type { SessionStatus } from '#lib/consent/schema'
import type { TextsOf, Translator } from '#lib/i18n/schema'
import { buttonClass } from '../ui/button.tsx'
import { Notice, StateNotice } from './notice.tsx'
import { noticeOfFailure } from './notices.ts'
import { said } from './said.tsx'

/** How a session ended, as far as its last page has to know. */
export type Ended = {
  organization: string
  connector: string | null
  account: string | null
  scopesMissing: readonly string[]
  confirmationCode: string | null
  revoked: boolean
  status: SessionStatus
  status_reason: string | null
}

type Props = {
  ended: Ended
  t: Translator
  /** Closes the window, where a script may. */
  close?: ReactNode
  /** Where the receipt is, once there is one. */
  receipt?: string | null
  /** Where the choice can be made, while the session lasts. */
  choice?: string | null
}

/** The last page of a flow that has no page of the host to return to. */
export function Ending(props: Props): ReactNode {
  const { ended, t, close, choice } = props
  const texts = t.texts('states')
  switch (ended.status) {
    case 'completed':
      return ended.revoked ? <Revoked {...props} /> : <Connected {...props} />
    case 'awaiting_confirmation':
      return <Connected {...props} />
    case 'declined':
      return (
        <StateNotice
          state="declined"
          mark="stopped"
          texts={texts}
          values={{ organization: ended.organization }}
          actions={close}
        />
      )
    case 'failed':
      return <StateNotice state={noticeOfFailure(ended.status_reason)} texts={texts} actions={close} />
    case 'expired':
    case 'cancelled':
      return <StateNotice state="session_expired" texts={texts} actions={close} />
    default: {
      const again = choice && (
        <a href={choice} className={buttonClass()}>
          {texts.start_again}
        </a>
      )
      return <StateNotice state="bad_request" texts={texts} actions={again} />
    }
  }
}

const ReceiptLink = ({ href, t }: { href: string; t: Translator }) => (
  <a href={href} className={buttonClass({ variant: 'secondary' })}>
    {t('receipt.link')}
  </a>
)

function Revoked({ ended, t, close, receipt }: Props) {
  const { organization, connector, account } = ended
  return (
    <StateNotice
      state="revoked"
      mark="stopped"
      texts={t.texts('states')}
      values={{ organization, connector: connector ?? '', account: account ?? '' }}
      actions={
        <>
          {receipt && <ReceiptLink href={receipt} t={t} />}
          {close}
        </>
      }
    />
  )
}

function Connected({ ended, t, close, receipt }: Props) {
  const { organization, account, scopesMissing, confirmationCode } = ended
  const texts = t.texts('states')
  const connector = ended.connector ?? ''
  const partial = scopesMissing.length > 0
  const actions = (
    <>
      {receipt && <ReceiptLink href={receipt} t={t} />}
      {close}
    </>
  )
  const missing = partial && (
    <Missing missing={scopesMissing} texts={texts} values={{ connector, organization }} />
  )
  // Nothing is connected before the host has said who finished.
  if (confirmationCode !== null) {
    return (
      <Notice mark="waiting" title={texts.code_title}>
        <Code code={confirmationCode} texts={texts} organization={organization} />
        {missing}
      </Notice>
    )
  }
  return (
    <Notice mark="done" title={partial ? texts.partial_title : texts.connected_title} actions={actions}>
      <p>
        {account === null
          ? said(texts.connected_plain, { connector })
          : said(texts.connected_as, { connector, account }, ['account'])}
      </p>
      {missing}
      <p>{said(texts.connected_close, { organization })}</p>
    </Notice>
  )
}

type States = TextsOf<'states'>

const Missing = ({
  missing,
  texts,
  values,
}: {
  missing: readonly string[]
  texts: States
  values: { connector: string; organization: string }
}) => (
  <div className="rounded-control border border-warning/35 bg-warning/8 px-4 py-3 text-start text-fg">
    <p>{said(texts.partial_body, values)}</p>
    <ul className="mt-1.5 list-disc ps-5 font-medium">
      {missing.map((does) => (
        <li key={does}>{does}</li>
      ))}
    </ul>
    <p className="mt-1.5 text-muted-fg">{said(texts.partial_close, values)}</p>
  </div>
)

const Code = ({ code, texts, organization }: { code: string; texts: States; organization: string }) => (
  <div className="mt-2 rounded-card border border-border bg-muted/60 px-4 py-4">
    <p>{said(texts.code_body, { organization })}</p>
    <p
      dir="ltr"
      className="mt-3 rounded-control border border-input bg-card px-3 py-3 font-mono text-base break-all text-card-fg select-all"
    >
      {code}
    </p>
  </div>
)
