import { Request } from '#components/portal/request'
import type { RequestScreen } from '#lib/connect/schema'
import { wordsOf } from '#lib/connector-kit'
import type { Translator } from '#lib/i18n'
import { connectors } from '#runtime'
import type { GalleryState } from './states.tsx'

// What a person sees of an approval that an administrator has to give.

function screen(t: Translator, facts: Partial<RequestScreen>): RequestScreen {
  const connector = connectors.sandbox
  const words = connector && wordsOf(connector, t.locale).scopes
  return {
    state: 'form',
    organization: 'Northwind',
    connector: { id: 'sandbox', name: 'Acme Tasks' },
    agents: ['Triage bot'],
    scopes: ['tasks:read', 'tasks:delete'].map((scope) => ({
      scope,
      does: words?.[scope]?.does ?? scope,
      risk: connector?.scopes[scope]?.risk ?? null,
    })),
    note: null,
    askedAt: '2026-11-21T10:00:00.000Z',
    expiresAt: '2026-12-05T10:00:00.000Z',
    ...facts,
  }
}

const state = (title: string, facts: Partial<RequestScreen>, fault = false): GalleryState => ({
  title,
  render: ({ t, session }) => <Request t={t} session={session} screen={screen(t, facts)} fault={fault} />,
})

export const requestStates: Readonly<Record<string, GalleryState>> = {
  'request-form': state('Approval required', {}),
  'request-form-fault': state('Approval required: no reason given', {}, true),
  'request-waiting': state('Approval requested', { state: 'waiting' }),
  'request-approved': state('Approval given', { state: 'approved', note: 'Fine for this quarter.' }),
  'request-denied': state('Approval denied', {
    state: 'denied',
    note: 'Please use the shared account of the team.\nAsk Dana for it.',
  }),
  'request-expired': state('Approval: nobody decided', { state: 'expired' }),
}
