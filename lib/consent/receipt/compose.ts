import { createHash } from 'node:crypto'
import type { Connector } from '#lib/connector-kit'
import { wordsOf } from '#lib/connector-kit'
import { translator } from '#lib/i18n'
import type { Locale } from '#lib/i18n/schema'
import type { Receipt } from './fields.ts'
import { composeWords, withdrawal } from './words.ts'

/** All that a receipt is made of, read in the transaction that makes the consent real. */
export type ReceiptFacts = {
  issuer: string
  issuedAt: Date
  locale: Locale
  connector: Connector
  organization: {
    id: string
    name: string
    url: string | null
    privacyUrl: string | null
    /** The page of ours that says how to see and end what was allowed; it stays where it is. */
    manageUrl: string
  }
  user: { id: string; name: string | null; email: string | null }
  agents: readonly { id: string; name: string; owner: string | null }[]
  connection: {
    id: string
    accountId: string
    sessionId: string | null
    previousId: string | null
    scopesRequested: readonly string[]
    scopesGranted: readonly string[]
    scopesRefused: readonly string[]
    purpose: string | null
    text: string
    hash: string
    consentedAt: Date
    expiresAt: Date | null
    resources: unknown
  }
  /** The account at the provider; `label` is `null` where nobody has looked whose it is. */
  account: { id: string; label: string | null }
  confirmation: { method: Receipt['confirmation']['method']; by: { type: string; id: string } }
}

export const textHash = (text: string): string => createHash('sha256').update(text).digest('hex')

const collection = {
  host: 'consent_screen',
  screen: 'consent_screen',
  import: 'import',
  narrowed: 'narrowed',
} as const

/** The payload of a receipt. */
export function composeReceipt(facts: ReceiptFacts): Receipt {
  const { connector, connection, organization, user, locale } = facts
  // Without an agent the product itself is the grantee.
  const grantees =
    facts.agents.length > 0
      ? facts.agents.map(({ id, name, owner }) => ({ id, name, owner }))
      : [{ id: organization.id, name: organization.name, owner: null }]
  const expires = connection.expiresAt?.toISOString() ?? null
  const consentedAt = connection.consentedAt.toISOString()
  const confirmation = { ...facts.confirmation, at: facts.issuedAt.toISOString() }
  const told = {
    record_id: connection.id,
    grantees,
    scopes_requested: [...connection.scopesRequested],
    scopes_granted: [...connection.scopesGranted],
    scopes_refused: [...connection.scopesRefused],
    resources: connection.resources ?? null,
    expires_at: expires,
    confirmation,
  }
  const imported = confirmation.method === 'import'
  return {
    iss: facts.issuer,
    sub: user.id,
    iat: Math.floor(facts.issuedAt.getTime() / 1000),
    jti: connection.id,
    schema_version: 'behalf-consent-receipt/1',
    pii_principal_id: user.id,
    language: locale,
    privacy_notice: organization.privacyUrl,
    purposes: [purposeOf(facts, grantees)],
    party_identification: partiesOf(facts, grantees),
    event: {
      event_time: consentedAt,
      event_type: imported ? 'consent_given_elsewhere' : 'explicit_consent',
      event_state: 'given',
      entity_id: user.id,
      validity_duration_seconds:
        connection.expiresAt &&
        Math.round((connection.expiresAt.getTime() - connection.consentedAt.getTime()) / 1000),
    },
    org_id: organization.id,
    connected_account_id: connection.accountId,
    connect_session_id: connection.sessionId,
    previous_connection_id: connection.previousId,
    connector: connector.id,
    provider_account: { id: facts.account.id, label: facts.account.label ?? '' },
    ...told,
    consent_text: connection.text,
    consent_text_sha256: textHash(connection.text),
    consent_hash: connection.hash,
    words: composeWords(
      {
        ...told,
        connector,
        organization,
        user,
        account: facts.account.label,
        purpose: connection.purpose,
        consentedAt,
      },
      locale,
    ),
  }
}

function purposeOf(facts: ReceiptFacts, grantees: Receipt['grantees']): Receipt['purposes'][number] {
  const { connector, connection, organization, locale } = facts
  const words = wordsOf(connector, locale).scopes
  return {
    purpose: connection.purpose,
    lawful_basis: 'consent',
    services: [connector.name],
    pii_information: connection.scopesGranted.map((scope) => ({
      pii_attribute_id: scope,
      pii_type: words[scope]?.does ?? scope,
      pii_optional: connector.scopes[scope]?.withoutIt !== undefined,
    })),
    pii_controllers: [organization.id],
    recipient_third_parties: grantees.map(({ id }) => id).filter((id) => id !== organization.id),
    collection_method: collection[facts.confirmation.method],
    withdrawal_method: withdrawal(translator(locale), organization, connector).join(' '),
    // Whose law applies is for the parties to know: nothing here says where they are.
    jurisdictions: null,
  }
}

function partiesOf(
  { organization, user }: ReceiptFacts,
  grantees: Receipt['grantees'],
): Receipt['party_identification'] {
  return [
    {
      party_id: organization.id,
      party_name: organization.name,
      party_role: 'pii_controller',
      party_url: organization.url,
    },
    { party_id: user.id, party_name: user.name ?? user.id, party_role: 'pii_principal', party_url: null },
    ...grantees
      .filter(({ id }) => id !== organization.id)
      .map(({ id, name }) => ({
        party_id: id,
        party_name: name,
        party_role: 'third_party' as const,
        party_url: null,
      })),
  ]
}
