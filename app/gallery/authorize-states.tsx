import { Authorize } from '#components/portal/authorize'
import { Device } from '#components/portal/authorize-device'
import { SignIn } from '#components/portal/authorize-sign-in'
import { Mine } from '#components/portal/mine'
import { Notice } from '#components/portal/notice'
import { offeredAccount } from '#lib/authorization-server'
import type { AskingClient, AuthorizeView, SignInView } from '#lib/authorization-server/schema'
import type { LetIn } from '#lib/connect/schema'
import type { Translator } from '#lib/i18n'
import { connectors } from '#runtime'
import type { GalleryState } from './states.tsx'

// What a person is asked when an app wants to act for them, with invented apps and the practice provider's own words.

const organization = 'Northwind'
const action = '#'

const hosted: AskingClient = {
  kind: 'cimd',
  clientId: 'https://claude.example/client.json',
  name: 'Claude',
  uri: 'https://claude.example',
  redirectHost: 'claude.example',
  local: false,
}
const local: AskingClient = {
  ...hosted,
  kind: 'dcr',
  clientId: 'local',
  redirectHost: '127.0.0.1:33418',
  local: true,
}
const registered: AskingClient = { ...hosted, kind: 'agent', clientId: 'ag_1', name: 'Triage bot' }

function accounts(t: Translator, labels: readonly string[]): AuthorizeView['accounts'] {
  const connector = connectors.sandbox
  if (!connector) return []
  const tools = Object.values(connector.tools)
  return labels.map((label, at) =>
    offeredAccount({ accountId: `00000000-0000-0000-0000-00000000000${at}`, label, connector, tools }, t),
  )
}

const asks = (
  t: Translator,
  labels: readonly string[],
  more: Partial<AuthorizeView> = {},
): AuthorizeView => ({
  client: hosted,
  organization,
  person: 'ana@northwind.example',
  blocked: false,
  changed: [],
  accounts: accounts(t, labels),
  connects: true,
  asksForTools: true,
  also: [],
  limits: [],
  durations: [
    { value: 'once', title: t('authorize.once'), chosen: false },
    { value: '30', title: t('consent.duration_days', { days: 30 }), chosen: true },
    { value: '90', title: t('consent.duration_days', { days: 90 }), chosen: false },
    { value: 'open', title: t('consent.duration_open'), chosen: false },
  ],
  ...more,
})

const consent = (title: string, view: (t: Translator) => AuthorizeView): GalleryState => ({
  title,
  render: ({ t }) => <Authorize view={view(t)} hash="" said={null} t={t} action={action} />,
})

const signIn = (
  title: string,
  facts: Partial<SignInView>,
  said: Parameters<typeof SignIn>[0]['said'] = null,
): GalleryState => ({
  title,
  ...(facts.organization === null && { organization: null }),
  render: ({ t }) => {
    const view: SignInView = {
      ...{ client: hosted, organization, product: true, mail: true, state: 'ask', choices: [] },
      ...facts,
    }
    return <SignIn view={view} said={said} t={t} action={action} />
  },
})

const over = (title: string, name: 'over' | 'elsewhere'): GalleryState => ({
  title,
  organization: null,
  render: ({ t }) => (
    <Notice title={t(`authorize.${name}_title`)}>
      <p>{t(`authorize.${name}_body`)}</p>
      <p className="text-fg">{t(`authorize.${name}_next`)}</p>
    </Notice>
  ),
})

const apps: readonly LetIn[] = [
  {
    id: 'gr_1',
    name: 'Claude',
    ownWord: true,
    accounts: [
      { connector: { id: 'sandbox', name: 'Acme Tasks' }, label: 'ana@northwind.example', readOnly: true },
      { connector: { id: 'sandbox', name: 'Acme Tasks' }, label: 'team@northwind.example', readOnly: false },
    ],
    since: '2026-11-01T09:00:00Z',
    until: '2026-12-01T09:00:00Z',
    lastUsedAt: '2026-11-21T11:40:00Z',
  },
  {
    id: 'gr_2',
    name: 'Triage bot',
    ownWord: false,
    accounts: [
      { connector: { id: 'sandbox', name: 'Acme Tasks' }, label: 'ana@northwind.example', readOnly: false },
    ],
    since: '2026-11-20T09:00:00Z',
    until: null,
    lastUsedAt: null,
  },
]

export const authorizeStates: Readonly<Record<string, GalleryState>> = {
  'authorize-sign-in': signIn('An app asks: sign in at the product or by mail', {}),
  'authorize-sign-in-any': signIn('An app asks: address first, no organization known', {
    organization: null,
    product: false,
  }),
  'authorize-sign-in-none': signIn('An app asks: nobody can sign in', { product: false, mail: false }),
  'authorize-code': signIn('An app asks: code from the mail', { state: 'code' }),
  'authorize-code-wrong': signIn('An app asks: wrong code', { state: 'code' }, 'wrong'),
  'authorize-choose': signIn('An app asks: several organizations know the address', {
    ...{ organization: null, state: 'choose' },
    choices: [
      { id: '1', name: 'Northwind', domain: 'northwind.example', user: 'Ana Souza' },
      { id: '2', name: 'Globex', domain: null, user: 'u_42' },
    ],
  }),
  authorize: consent('An app asks: one account', (t) => asks(t, ['ana@northwind.example'])),
  'authorize-accounts': consent('An app asks: several accounts', (t) =>
    asks(t, ['ana@northwind.example', 'team@northwind.example'], {
      client: registered,
      also: [t('authorize.also_accounts'), t('authorize.also_executions')],
      limits: [{ place: '/project', says: '{"equals":"p_1"}' }],
    }),
  ),
  'authorize-local': consent('An app asks: on this computer', (t) =>
    asks(t, ['ana@northwind.example'], { client: local }),
  ),
  'authorize-changed': consent('An app asks again: tools changed', (t) =>
    asks(t, ['ana@northwind.example'], {
      changed: [
        { name: 'sandbox.create_task', title: 'Create a task' },
        { name: 'sandbox.list_tasks', title: 'List tasks' },
      ],
    }),
  ),
  'authorize-none': consent('An app asks: no account yet', (t) => asks(t, [])),
  'authorize-blocked': consent('An app asks: blocked by an administrator', (t) =>
    asks(t, [], { blocked: true }),
  ),
  'authorize-device': {
    title: 'A device asks: its code',
    organization: null,
    render: ({ t }) => <Device t={t} code="" outcome={null} action={action} />,
  },
  'authorize-device-wrong': {
    title: 'A device asks: no such code',
    organization: null,
    render: ({ t }) => <Device t={t} code="BCDF-GHJK" outcome="wrong" action={action} />,
  },
  'authorize-device-done': {
    title: 'A device asks: done',
    organization: null,
    render: ({ t }) => <Device t={t} code="" outcome="done" action={action} />,
  },
  'authorize-elsewhere': over('An app asks: started in another browser', 'elsewhere'),
  'authorize-over': over('An app asks: too late', 'over'),
  'mine-apps': {
    title: 'Apps that were let in',
    render: ({ t, session }) => {
      const user = { id: 'u_42', name: 'Ana Souza' }
      const view = { organization, user, agents: [], letIn: apps, ended: [], returnUrl: null }
      const now = Date.parse('2026-11-21T12:00:00Z')
      return <Mine t={t} session={session} view={view} now={now} done={null} refused={false} />
    },
  },
}
