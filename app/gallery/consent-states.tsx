import { Consent } from '#components/portal/consent'
import { ResourcePicker } from '#components/portal/resource-picker'
import type { Connector } from '#lib/connector-kit'
import { buildConsentView, type ConsentFacts, consentHash, consentText, withWording } from '#lib/consent'
import type { Translator } from '#lib/i18n'
import { connectors } from '#runtime'
import { nonceOf } from '../(portal)/flow.ts'
import type { GalleryState, Stage } from './states.tsx'

// The consent screen with invented people and the practice provider's own words, made by the code that makes it for
// real: what it says here is what it says there.

const agent = { orgId: '', id: '', name: 'Triage bot', owner: 'Dana Ito', purpose: 'Sorts what comes in' }

const session: ConsentFacts['session'] = {
  scopes: {},
  purpose: null,
  purposes: {},
  agents: [agent],
  return_url: 'https://app.northwind.example/done',
  user: { external_id: 'u_42', name: 'Ana Souza', email: 'ana@northwind.example' },
}

const shown = (connector: Connector, facts: Partial<ConsentFacts> = {}): ConsentFacts => ({
  session,
  connector,
  organization: {
    name: 'Northwind',
    branding: {
      privacy_url: 'https://northwind.example/privacy',
      terms_url: 'https://northwind.example/terms',
      support_url: 'https://northwind.example/help',
    },
    settings: {},
    verifiedDomain: null,
  },
  account: null,
  previous: null,
  ...facts,
})

/** What was agreed to before: without deleting, and in words that have changed since. */
function earlier(connector: Connector, t: Translator): ConsentFacts['previous'] {
  const before = { ...session, scopes: { [connector.id]: ['tasks:read', 'projects:read'] } }
  const text = consentText(buildConsentView({ ...shown(connector), session: before }, t), t)
  return {
    consentedAt: new Date('2026-05-04T09:00:00Z'),
    scopes: ['tasks:read', 'projects:read', 'tasks:export'],
    text: text.replace('which tasks are due this week', 'what is due today'),
    locale: t.locale,
    resources: null,
  }
}

async function screen({ t, session: id }: Stage, facts: ConsentFacts) {
  const view = withWording(buildConsentView(facts, t), facts.previous, facts.connector, t)
  const hash = consentHash(consentText(view, t))
  return <Consent session={id} view={view} hash={hash} t={t} nonce={await nonceOf()} />
}

const practice = (): Connector => {
  const { sandbox } = connectors
  if (!sandbox) throw new Error('the practice provider is not here')
  return sandbox
}

const item = (label: string, picked = false) => ({ value: `mark-of-${label}`, label, picked })

const picker = {
  who: 'Triage bot',
  connector: { name: 'GitHub' },
  account: 'ana',
  kind: 'repository',
  title: 'Repositories',
  picked: [item('northwind/website', true)],
  items: [item('northwind/handbook'), item('northwind/orders', true), item('northwind/warehouse')],
  next: '2',
  search: '',
  count: 2,
  failed: false,
}

export const consentStates: Readonly<Record<string, GalleryState>> = {
  'scope-choice': { title: 'Scope choice', render: (stage) => screen(stage, shown(practice())) },
  reconnect: {
    title: 'Reconnect',
    render: (stage) => {
      const connector = practice()
      const scopes = ['tasks:read', 'projects:read']
      const same = { ...session, scopes: { [connector.id]: scopes } }
      const text = consentText(buildConsentView({ ...shown(connector), session: same }, stage.t), stage.t)
      const previous = {
        consentedAt: new Date('2026-05-04T09:00:00Z'),
        scopes,
        text,
        locale: stage.t.locale,
        resources: null,
      }
      const account = { label: 'ana@northwind.example' }
      return screen(stage, { ...shown(connector, { account, previous }), session: same })
    },
  },
  'scope-upgrade': {
    title: 'Scope upgrade (diff)',
    render: (stage) => {
      const connector = practice()
      const account = { label: 'ana@northwind.example' }
      return screen(stage, shown(connector, { account, previous: earlier(connector, stage.t) }))
    },
  },
  'resource-picker': {
    title: 'Resource picker',
    render: ({ t, session: id }) => <ResourcePicker session={id} view={picker} missing={false} t={t} />,
  },
  'resource-picker-missing': {
    title: 'Resource picker, nothing picked',
    render: ({ t, session: id }) => (
      <ResourcePicker
        session={id}
        view={{ ...picker, picked: [], items: picker.items.map(({ label }) => item(label)), count: 0 }}
        missing
        t={t}
      />
    ),
  },
  'resource-picker-failed': {
    title: 'Resource picker, no list',
    render: ({ t, session: id }) => (
      <ResourcePicker
        session={id}
        view={{ ...picker, items: [], next: null, failed: true }}
        missing={false}
        t={t}
      />
    ),
  },
}
