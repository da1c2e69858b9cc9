import { Notice } from '#components/portal/notice'
import { Receipt } from '#components/portal/receipt'
import { composeReceipt } from '#lib/consent'
import type { Translator } from '#lib/i18n'
import { connectors } from '#runtime'
import type { GalleryState } from './states.tsx'

/** A receipt of invented people, in the words of the page, made by the code that makes real ones. */
function receiptIn(t: Translator) {
  const connector = connectors.sandbox
  if (!connector) throw new Error('the gallery shows the practice provider')
  return composeReceipt({
    issuer: 'https://behalf.northwind.example',
    issuedAt: new Date('2026-11-21T10:01:00Z'),
    locale: t.locale,
    connector,
    organization: {
      id: 'northwind',
      name: 'Northwind',
      url: 'https://app.northwind.example',
      privacyUrl: 'https://northwind.example/privacy',
      manageUrl: 'https://portal.northwind.example/my/org_0',
    },
    user: { id: 'u_42', name: 'Ana Souza', email: 'ana@northwind.example' },
    agents: [{ id: 'ag_1', name: 'Triage bot', owner: 'Dana Ito' }],
    connection: {
      id: 'cn_0190b6a1d5c27f3e9c4a8b7d6e5f4a3b',
      accountId: 'ca_0190b6a1d5c27f3e9c4a8b7d6e5f4a3c',
      sessionId: 'cs_0190b6a1d5c27f3e9c4a8b7d6e5f4a3d',
      previousId: null,
      scopesRequested: ['tasks:read', 'tasks:write'],
      scopesGranted: ['tasks:read'],
      scopesRefused: ['tasks:delete'],
      purpose: 'To sort what comes in',
      text: 'Let Triage bot act in Acme Tasks as you\nAsked by · Northwind',
      hash: '',
      consentedAt: new Date('2026-11-21T10:00:00Z'),
      expiresAt: new Date('2026-12-21T10:00:00Z'),
      resources: { projects: [{ id: 'p1', label: 'Website' }] },
    },
    account: { id: 'ana', label: 'ana@northwind.example' },
    confirmation: { method: 'host', by: { type: 'api_key', id: 'key_1' } },
  })
}

export const receiptStates: Readonly<Record<string, GalleryState>> = {
  receipt: {
    title: 'Receipt',
    organization: 'Northwind',
    render: ({ t, session }) => {
      const { words, language, consent_text } = receiptIn(t)
      return (
        <Receipt
          words={words}
          language={language}
          text={consent_text}
          file={`/connect/${session}/receipt/file`}
          t={t}
        />
      )
    },
  },
  receipt_waiting: {
    title: 'Receipt, before the host has confirmed',
    organization: 'Northwind',
    render: ({ t }) => (
      <Notice mark="waiting" title={t('receipt.page_wait_title')}>
        <p>{t('receipt.page_wait_body', { organization: 'Northwind' })}</p>
        <p className="text-fg">{t('receipt.page_wait_next')}</p>
      </Notice>
    ),
  },
}
