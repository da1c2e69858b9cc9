import canonicalize from 'canonicalize'
import { config } from '#lib/config'
import type { Connector } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { negotiate } from '#lib/i18n'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { isUnverified } from '../unverified.ts'
import { composeReceipt, type ReceiptFacts } from './compose.ts'
import { type Receipt, receipt, receiptType } from './fields.ts'
import { decodePayload, sha256Hex } from './jws.ts'

/** What signs, taken beforehand: in a transaction no key can be fetched (lib/signing). */
export type ReceiptSigner = {
  kid: string
  sign: (typ: string, payload: Uint8Array, more?: Readonly<Record<string, string>>) => Promise<string>
}

/**
 * Signs and keeps the receipt of a consent, in the transaction that makes the consent real: there is none without.
 * @param confirmation who said that the person who finished is the one who was invited, and how
 */
export async function issueReceiptIn(
  tx: Tx,
  tenant: Tenant,
  signer: ReceiptSigner,
  connector: Connector,
  connectionId: string,
  confirmation: ReceiptFacts['confirmation'],
): Promise<void> {
  const facts = await factsIn(tx, tenant, connector, connectionId, confirmation)
  const payload = new TextEncoder().encode(canonicalize(composeReceipt(facts)) ?? '')
  // The payload's hash in the head says, of a receipt that was altered, which part of it was.
  const jws = await signer.sign(receiptType, payload, { payload_sha256: sha256Hex(payload) })
  await tx.receipts.create({
    data: { org_id: tenant.orgId, connection_id: connectionId, kid: signer.kid, jws },
  })
}

async function factsIn(
  tx: Tx,
  tenant: Tenant,
  connector: Connector,
  connectionId: string,
  confirmation: ReceiptFacts['confirmation'],
): Promise<ReceiptFacts> {
  const row = await tx.connections.findUniqueOrThrow({
    where: { org_id_id: { org_id: tenant.orgId, id: connectionId } },
    include: { grantees: true, account: { include: { user: true } } },
  })
  const [organization, agents, session] = [
    await tx.organizations.findUniqueOrThrow({ where: { id: tenant.orgId } }),
    await tx.agents.findMany({
      where: { id: { in: row.grantees.map(({ agent_id }) => agent_id) } },
      orderBy: { id: 'asc' },
    }),
    row.session_id === null
      ? null
      : await tx.connect_sessions.findUnique({
          where: { org_id_id: { org_id: tenant.orgId, id: row.session_id } },
        }),
  ]
  const { user } = row.account
  const privacyUrl = (organization.branding as Record<string, unknown>).privacy_url
  return {
    issuer: config().publicUrl,
    issuedAt: new Date(),
    locale: negotiate(row.locale, null, row.locale === 'en-XA'),
    connector,
    organization: {
      id: tenant.externalId,
      name: organization.name,
      url: session?.return_url ? new URL(session.return_url).origin : null,
      privacyUrl: typeof privacyUrl === 'string' ? privacyUrl : null,
      manageUrl: `${config().publicUrl}/my/${publicId('organization', tenant.orgId)}`,
    },
    user: { id: user.external_id, name: user.name, email: user.email },
    agents: agents.map(({ id, name, owner }) => ({ id: publicId('agent', id), name, owner })),
    connection: {
      id: publicId('connection', row.id),
      accountId: publicId('connected_account', row.account_id),
      sessionId: row.session_id && publicId('connect_session', row.session_id),
      previousId: row.previous_connection_id && publicId('connection', row.previous_connection_id),
      scopesRequested: row.scopes_requested,
      scopesGranted: row.scopes_granted,
      scopesRefused: row.scopes_refused,
      purpose: row.purpose,
      text: row.consent_text,
      hash: row.consent_hash,
      consentedAt: row.consented_at,
      expiresAt: row.expires_at,
      resources: row.resources,
    },
    account: {
      id: row.provider_account_id,
      label: isUnverified(row.provider_account_id) ? null : row.account.label,
    },
    confirmation,
  }
}

export type StoredReceipt = { jws: string; kid: string; receipt: Receipt }

/**
 * The receipt of a consent.
 * @throws AppError `not_found`, also for a consent from before receipts were issued
 */
export async function getReceipt(tenant: Tenant, connectionId: string): Promise<StoredReceipt> {
  const at = { org_id: tenant.orgId, connection_id: connectionId }
  const row = await forOrg(tenant, (tx) => tx.receipts.findUnique({ where: { org_id_connection_id: at } }))
  if (!row) throw new AppError('not_found', { detail: 'There is no receipt of such a consent.' })
  return { jws: row.jws, kid: row.kid, receipt: receipt.parse(decodePayload(row.jws)) }
}

/** The consent that a session ended in, if it did. */
export async function connectionOfSession(tenant: Tenant, sessionId: string): Promise<string | null> {
  const row = await forOrg(tenant, (tx) =>
    tx.connections.findFirst({
      where: { org_id: tenant.orgId, session_id: sessionId },
      orderBy: { id: 'desc' },
      select: { id: true },
    }),
  )
  return row?.id ?? null
}
