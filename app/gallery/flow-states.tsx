import type { ReactNode } from 'react'
import { actionOf, Catalogue } from '#components/portal/catalogue'
import { ConnectorDetailScreen } from '#components/portal/connector-detail'
import { type Ended, Ending } from '#components/portal/ending'
import { Invitation, LinkUsed } from '#components/portal/invitation'
import { StateNotice } from '#components/portal/notice'
import { Button, buttonClass } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'
import type { PortalView } from '#lib/consent/schema'
import type { Translator } from '#lib/i18n'
import type { Screen } from '../(portal)/connect/[session]/portal-store.ts'
import { FramedScreen, LoadingScreen } from './framed.tsx'
import type { GalleryState, Stage } from './states.tsx'

type Entry = PortalView['connectors'][number]

const entry = (id: string, name: string, summary: string, more: Partial<Entry> = {}): Entry => ({
  id,
  name,
  summary,
  configured: true,
  account: null,
  ...more,
})

const account = (status: NonNullable<Entry['account']>['status'], label = 'ana@acme.test') => ({
  id: `ca_${status}`,
  label,
  status,
})

const connectors = [
  entry('tasks', 'Acme Tasks', 'Tasks and projects of your team', { account: account('active') }),
  entry('mail', 'Acme Mail', 'Mail and contacts', {
    account: account('needs_reauth', 'ana.souza@acme.test'),
  }),
  entry('files', 'Acme Files', 'Documents, folders and what is shared with you'),
  entry('calendar', 'Acme Calendar', 'Appointments and who is free', { account: account('paused') }),
  entry('chat', 'Acme Chat', 'Channels and direct messages', { configured: false }),
  entry('forms', 'Acme Forms', 'Forms and their answers'),
  entry('ledger', 'Acme Ledger', 'Invoices and payments'),
]

const view = (shown: readonly Entry[] = connectors): PortalView => ({
  session: { id: 'cs_gallery', status: 'open', expires_at: '2030-01-01T00:00:00.000Z' },
  organization: { name: 'Northwind', primary: null },
  user: { id: 'ana', name: 'Ana Souza' },
  connectors: [...shown],
  return_url: null,
})

const entryTexts = (t: Translator) => ({
  entry: t.texts('entry'),
  states: t.texts('states'),
  catalogue: t.texts('catalogue'),
})

const framed = (title: string, screen: Screen): GalleryState => ({
  title,
  render: ({ t }) => <FramedScreen screen={screen} texts={entryTexts(t)} />,
})

const waiting = (more: Partial<Screen & { name: 'waiting' }> = {}): Screen => ({
  name: 'waiting',
  view: view(),
  connector: 'tasks',
  url: '#ticket',
  blocked: false,
  returned: false,
  ...more,
})

type NoticeName = Parameters<typeof StateNotice>[0]['state']

const notice = (title: string, state: NoticeName, organization?: null): GalleryState => ({
  title,
  ...(organization === null && { organization }),
  render: ({ t }) => <StateNotice state={state} texts={t.texts('states')} />,
})

const ended = (title: string, more: Partial<Ended>, receipt: string | null = null): GalleryState => ({
  title,
  render: ({ t }) => (
    <Ending
      ended={{
        organization: 'Northwind',
        connector: 'Acme Tasks',
        account: 'ana@acme.test',
        scopesMissing: [],
        confirmationCode: null,
        revoked: false,
        status: 'completed',
        status_reason: null,
        ...more,
      }}
      t={t}
      close={<Button variant="secondary">{t('states.close_window')}</Button>}
      receipt={receipt}
      choice="#choice"
    />
  ),
})

/** The catalogue as it stands on a page of its own. */
function catalogue({ t }: Stage, shown: readonly Entry[], sought = ''): ReactNode {
  const texts = t.texts('catalogue')
  return (
    <Catalogue
      view={view(shown)}
      texts={texts}
      sought={sought}
      search={
        <Field label={texts.search}>
          <Input type="search" defaultValue={sought} />
        </Field>
      }
      all={
        <a href="#all" className={buttonClass({ variant: 'secondary' })}>
          {texts.show_all}
        </a>
      }
      detail={({ id }) => `#${id}`}
      action={(each) => {
        const { text, name } = actionOf(each, texts)
        return (
          <a href="#consent" aria-label={name} className={buttonClass({ variant: 'secondary' })}>
            {text}
          </a>
        )
      }}
    />
  )
}

const groups = [
  { risk: 'read' as const, does: ['Read your tasks', 'Read your projects'] },
  { risk: 'write' as const, does: ['Create and change tasks'] },
  { risk: 'admin' as const, does: ['Delete tasks and empty projects for everybody in your team'] },
]

const detail = (title: string, accounts: readonly NonNullable<Entry['account']>[]): GalleryState => ({
  title,
  render: ({ t }) => (
    <ConnectorDetailScreen
      detail={{
        id: 'tasks',
        name: 'Acme Tasks',
        summary: 'Tasks and projects of your team',
        configured: true,
        groups,
        accounts,
      }}
      consent="#consent"
      all="#all"
      t={t}
    />
  ),
})

/** What a person meets before, around and after the decision. */
export const flowStates: Readonly<Record<string, GalleryState>> = {
  loading: {
    title: 'Loading',
    render: ({ t }) => <LoadingScreen texts={entryTexts(t)} slow={false} />,
  },
  slow: { title: 'Slow', render: ({ t }) => <LoadingScreen texts={entryTexts(t)} slow /> },
  invited: {
    title: 'Hosted link',
    render: ({ t }) => <Invitation organization="Northwind" manages={false} action="#enter" t={t} />,
  },
  'invited-to-manage': {
    title: 'Hosted link to what is connected',
    render: ({ t }) => <Invitation organization="Northwind" manages action="#enter" t={t} />,
  },
  'link-expired': notice('Link expired', 'session_expired'),
  'link-used': {
    title: 'Link used',
    render: ({ t }) => <LinkUsed connector="Acme Tasks" done="#done" texts={t.texts('states')} />,
  },
  'link-invalid': notice('Link invalid', 'session_invalid', null),
  'not-entered': notice('Opened in another browser', 'not_entered'),
  'wrong-origin': framed('Wrong origin', { name: 'notice', code: 'origin_not_allowed' }),
  'wrong-person': notice('Wrong person', 'user_mismatch', null),
  catalogue: { title: 'Catalogue', render: (stage) => catalogue(stage, connectors) },
  'catalogue-framed': framed('Catalogue in a frame', { name: 'catalogue', view: view(connectors) }),
  'catalogue-offline': framed('Catalogue, offline', { name: 'catalogue', view: view(), offline: true }),
  'search-without-match': {
    title: 'Search without match',
    render: (stage) => catalogue(stage, connectors, 'spreadsheet'),
  },
  'catalogue-empty': { title: 'Catalogue empty', render: (stage) => catalogue(stage, []) },
  'connector-detail': detail('Connector detail', []),
  'already-connected': detail('Already connected', [
    account('active'),
    account('paused', 'ana.souza@a-very-long-name-of-a-company.example'),
  ]),
  'connector-attention': detail('Connector detail, needs attention', [account('needs_reauth')]),
  'window-opening': framed('Window opening', waiting({ url: null })),
  waiting: framed('Waiting', waiting()),
  'waiting-offline': framed('Waiting, offline', waiting({ offline: true })),
  'waiting-approval': framed('Waiting for an administrator', waiting({ approval: 'cr_1' })),
  'waiting-confirmation': framed('Waiting for who finished', waiting({ returned: true })),
  'popup-blocked': framed('Popup blocked', waiting({ blocked: true })),
  'handle-lost': framed('Handle lost', waiting({ lost: true })),
  declined: ended('Declined', { status: 'declined' }),
  'declined-framed': framed('Declined, in a frame', { name: 'declined', view: view() }),
  'provider-error': framed('Provider error', { name: 'failed', reason: 'provider_invalid_scope' }),
  'provider-down': framed('Provider down', { name: 'failed', reason: 'upstream_timeout' }),
  'partial-grant': ended('Partial grant', { scopesMissing: ['Create and change tasks'] }, '#receipt'),
  'wrong-account': ended('Wrong account', { status: 'failed', status_reason: 'account_mismatch' }),
  'policy-blocked': framed('Policy blocked', { name: 'notice', code: 'policy_denied' }),
  'limit-reached': notice('Limit reached', 'limit_reached'),
  'nothing-chosen': notice('Nothing chosen', 'nothing_chosen'),
  'text-changed': notice('Text changed meanwhile', 'conflict'),
  'answer-does-not-fit': ended('Answer does not fit', { status: 'authorizing' }),
  forbidden: notice('Sent from another site', 'forbidden', null),
  success: ended('Success', {}, '#receipt'),
  'success-code': ended('Success, with a code to hand over', {
    status: 'awaiting_confirmation',
    confirmationCode: 'bhf_cc_4Zk0T2xqJ8mWv1nYcR7sLd9uHbE3gQpFaX5iKoMtNwP',
  }),
  'success-framed': framed('Success, in a frame', {
    name: 'connected',
    view: view(),
    connector: 'tasks',
    account: 'ana@acme.test',
  }),
  offline: framed('Offline', { name: 'notice', code: 'offline' }),
  revoked: ended('Revoked', { revoked: true }, '#receipt'),
  'not-set-up': notice('Not set up', 'not_set_up'),
  unavailable: notice('Not available', 'unavailable'),
  'too-fast': notice('Too many tries', 'rate_limited', null),
  'our-fault': notice('Our fault', 'internal', null),
  'not-found': notice('Not found', 'not_found', null),
}
