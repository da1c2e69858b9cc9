import { Doorway } from '#components/portal/doorway'
import { type Done, Mine } from '#components/portal/mine'
import { Detail } from '#components/portal/mine-detail'
import { Narrow } from '#components/portal/mine-narrow'
import type { Happening, MineAccount, MineView, WordedScope } from '#lib/connect/schema'
import { wordsOf } from '#lib/connector-kit'
import type { Translator } from '#lib/i18n'
import { connectors } from '#runtime'
import type { GalleryState } from './states.tsx'

// What a person manages, with invented accounts and the practice provider's own words.

const organization = 'Northwind'
const now = Date.parse('2026-11-21T12:00:00Z')
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString()

function worded(t: Translator, scopes: readonly string[]): WordedScope[] {
  const connector = connectors.sandbox
  const words = connector && wordsOf(connector, t.locale).scopes
  return scopes.map((scope) => ({
    scope,
    does: words?.[scope]?.does ?? scope,
    risk: connector?.scopes[scope]?.risk ?? null,
  }))
}

const used = (
  id: string,
  minutes: number,
  title: string,
  effect: 'read' | 'write' | 'delete',
  outcome: Happening['outcome'] = 'allowed',
): Happening => ({
  id,
  at: ago(minutes),
  what: 'used',
  outcome,
  by: 'agent',
  name: 'Triage bot',
  tool: { title, effect },
})

const did = (id: string, minutes: number, what: Happening['what'], by: Happening['by']): Happening => ({
  id,
  at: ago(minutes),
  what,
  outcome: 'allowed',
  by,
  name: null,
  tool: null,
})

const account = (t: Translator, facts: Partial<MineAccount> = {}): MineAccount => ({
  id: 'ca_1',
  connector: { id: 'sandbox', name: 'Acme Tasks' },
  label: 'ana@northwind.example',
  status: 'active',
  pausedBy: [],
  grantees: ['Triage bot'],
  scopes: worded(t, ['tasks:read', 'tasks:write', 'tasks:delete']),
  purpose: null,
  limits: [],
  since: ago(18 * 1440),
  until: '2027-02-01T00:00:00.000Z',
  lastUsedAt: ago(12),
  endedThere: null,
  endedAt: null,
  recent: [
    used('1', 12, 'List tasks', 'read'),
    used('2', 14, 'Create a task', 'write'),
    used('3', 60 * 26, 'Delete a task', 'delete', 'denied'),
  ],
  ...facts,
})

const second = (t: Translator, facts: Partial<MineAccount> = {}) =>
  account(t, {
    id: 'ca_2',
    label: 'souza.ana@acme.example',
    grantees: [organization],
    scopes: worded(t, ['tasks:read']),
    until: null,
    lastUsedAt: null,
    recent: [did('4', 3 * 1440, 'connected', 'you')],
    ...facts,
  })

const view = (t: Translator, first: MineAccount, more: Partial<MineView> = {}): MineView => ({
  organization,
  user: { id: 'u_42', name: 'Ana Souza' },
  agents: [
    {
      id: 'ag_1',
      name: 'Triage bot',
      owner: 'Dana Ito',
      purpose: 'Sorts what comes in',
      accounts: [first],
    },
    { id: null, name: organization, owner: null, purpose: null, accounts: [second(t)] },
  ],
  letIn: [],
  ended: [],
  returnUrl: 'https://app.northwind.example/agents',
  ...more,
})

const list =
  (
    facts: (t: Translator) => Partial<MineAccount>,
    more: (t: Translator) => Partial<MineView> = () => ({}),
    done?: Done['what'],
    refused = false,
  ): GalleryState['render'] =>
  ({ t, session }) => {
    const first = account(t, facts(t))
    return (
      <Mine
        t={t}
        session={session}
        view={view(t, first, more(t))}
        now={now}
        done={done ? { what: done, account: first } : null}
        refused={refused}
      />
    )
  }

const ended = { status: 'revoked', endedThere: 'revoked', endedAt: ago(0), recent: [] } as const
const nothing = () => ({})

export const mineStates: Readonly<Record<string, GalleryState>> = {
  mine: { title: 'What may act for you', render: list(nothing) },
  'mine-empty': {
    title: 'What may act for you: nothing',
    render: list(nothing, () => ({ agents: [] })),
  },
  'mine-paused': {
    title: 'What may act for you: paused a moment ago',
    render: list(() => ({ status: 'paused', pausedBy: ['user'] }), nothing, 'paused'),
  },
  'mine-paused-by-admin': {
    title: 'What may act for you: paused by an administrator',
    render: list(() => ({ status: 'paused', pausedBy: ['admin'] }), nothing, undefined, true),
  },
  'mine-ended': {
    title: 'What may act for you: ended a moment ago',
    render: ({ t, session }) => {
      const gone = account(t, ended)
      const shown = view(t, gone, {
        agents: [],
        ended: [gone, second(t, { ...ended, endedThere: 'unsupported' })],
      })
      return (
        <Mine
          t={t}
          session={session}
          view={shown}
          now={now}
          done={{ what: 'ended', account: gone }}
          refused={false}
        />
      )
    },
  },
  'mine-lost': {
    title: 'What may act for you: needs attention',
    render: list(() => ({
      status: 'needs_reauth',
      grantees: ['Triage bot', 'Mail helper'],
      recent: [did('5', 45, 'lost', 'system')],
    })),
  },
  'mine-account': {
    title: 'One account: what was done, and what was agreed to',
    render: ({ t, session }) => (
      <Detail
        t={t}
        session={session}
        now={now}
        detail={{
          organization,
          account: account(t, {
            recent: [
              ...account(t).recent,
              used('6', 60 * 30, 'Complete a task', 'write', 'failed'),
              used('7', 60 * 31, 'Update a task', 'write', 'unknown'),
              did('8', 60 * 40, 'resumed', 'you'),
              did('9', 60 * 41, 'paused', 'admin'),
              did('10', 18 * 1440, 'connected', 'you'),
            ],
          }),
          history: [
            {
              id: 'cn_2',
              at: ago(18 * 1440),
              until: '2027-02-01T00:00:00.000Z',
              scopes: worded(t, ['tasks:read', 'tasks:write', 'tasks:delete']),
              grantees: ['Triage bot'],
              current: true,
            },
            {
              id: 'cn_1',
              at: ago(90 * 1440),
              until: null,
              scopes: worded(t, ['tasks:read']),
              grantees: ['Triage bot', 'Mail helper'],
              current: false,
            },
          ],
        }}
      />
    ),
  },
  'mine-narrow': {
    title: 'Allow less',
    render: ({ t, session }) => (
      <Narrow
        t={t}
        session={session}
        account={account(t, {
          limits: [
            {
              kind: 'projects',
              title: connectors.sandbox
                ? (wordsOf(connectors.sandbox, t.locale).resources.projects?.title ?? 'Projects')
                : 'Projects',
              items: [
                { id: 'p1', label: 'Website' },
                { id: 'p2', label: 'Office move' },
              ],
            },
          ],
        })}
        now={now}
        fault={null}
      />
    ),
  },
  'mine-narrow-nothing': {
    title: 'Allow less: nothing was left',
    render: ({ t, session }) => (
      <Narrow t={t} session={session} account={account(t)} now={now} fault="mine.limit_none" />
    ),
  },
  doorway: {
    title: 'The address that stays',
    render: ({ t }) => (
      <Doorway
        t={t}
        organization={organization}
        manageUrl="https://app.northwind.example/agents"
        mailTo="/gallery"
        sent={false}
      />
    ),
  },
  'doorway-sent': {
    title: 'The address that stays: a link was asked for',
    render: ({ t }) => <Doorway t={t} organization={organization} manageUrl={null} mailTo="/gallery" sent />,
  },
}
