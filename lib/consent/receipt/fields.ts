import { z } from 'zod'

/**
 * What a receipt shows, in the order in which it is read. It is signed as it stands, label by label: a page or a program
 * that shows a receipt shows these texts, and whoever checks one compares them.
 */
export const receiptWords = z.strictObject({
  title: z.string(),
  summary: z.string(),
  rows: z.array(z.strictObject({ label: z.string(), lines: z.array(z.string()) })),
  exact_text: z.string().describe('The heading of the exact text'),
})
export type ReceiptWords = z.infer<typeof receiptWords>

const party = z.strictObject({
  party_id: z.string(),
  party_name: z.string(),
  party_role: z.enum(['pii_controller', 'pii_principal', 'third_party']),
  party_url: z.string().nullable(),
})

/**
 * The signed payload: the claims of a JWT, the fields of ISO/IEC TS 27560:2023 under their names there, and what only
 * this product knows. `null` says that a fact is not known here, rather than leaving it out.
 */
export const receipt = z.strictObject({
  iss: z.string().describe('The deployment that signs, by its public address'),
  sub: z.string().describe('The end user, as the product knows them'),
  iat: z.number().int(),
  jti: z.string(),

  schema_version: z.literal('behalf-consent-receipt/1'),
  record_id: z.string(),
  pii_principal_id: z.string(),
  language: z.string(),
  privacy_notice: z.string().nullable(),
  purposes: z.array(
    z.strictObject({
      purpose: z.string().nullable(),
      lawful_basis: z.literal('consent'),
      services: z.array(z.string()),
      pii_information: z.array(
        z.strictObject({ pii_attribute_id: z.string(), pii_type: z.string(), pii_optional: z.boolean() }),
      ),
      pii_controllers: z.array(z.string()),
      recipient_third_parties: z.array(z.string()),
      collection_method: z.enum(['consent_screen', 'import', 'narrowed']),
      withdrawal_method: z.string(),
      jurisdictions: z.array(z.string()).nullable(),
    }),
  ),
  party_identification: z.array(party),
  event: z.strictObject({
    event_time: z.iso.datetime(),
    event_type: z.enum(['explicit_consent', 'consent_given_elsewhere']),
    event_state: z.literal('given'),
    entity_id: z.string(),
    validity_duration_seconds: z.number().int().nullable(),
  }),

  org_id: z.string(),
  connected_account_id: z.string(),
  connect_session_id: z.string().nullable(),
  previous_connection_id: z.string().nullable(),
  connector: z.string(),
  provider_account: z.strictObject({ id: z.string(), label: z.string() }),
  grantees: z.array(z.strictObject({ id: z.string(), name: z.string(), owner: z.string().nullable() })),
  scopes_requested: z.array(z.string()),
  scopes_granted: z.array(z.string()),
  scopes_refused: z.array(z.string()),
  resources: z
    .unknown()
    .describe('What the consent is limited to; null where it is to all the account reaches'),
  expires_at: z.iso.datetime().nullable(),
  confirmation: z.strictObject({
    method: z.enum(['host', 'screen', 'import', 'narrowed']),
    by: z.strictObject({ type: z.string(), id: z.string() }),
    at: z.iso.datetime(),
  }),
  consent_text: z.string(),
  consent_text_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  consent_hash: z.string().describe('The hash that the consent screen was approved under'),
  words: receiptWords,
})
export type Receipt = z.infer<typeof receipt>

/** Header `typ` of a receipt (RFC 8725 §3.11). */
export const receiptType = 'consent-receipt+jwt'
/** Header `typ` of what holds the page together that a receipt is downloaded as. */
export const sealType = 'consent-receipt-page+jws'

/** Where a deployment publishes its keys, for programs and for people. */
export const keysPath = '/.well-known/jwks.json'
export const keysPagePath = '/.well-known/behalf-receipt-keys'

export const receiptFormat = z.enum(['json', 'html', 'jws'])
export type ReceiptFormat = z.infer<typeof receiptFormat>

/** The JSON file of a receipt: a JWS in flattened JSON (RFC 7515 §7.2.2), with the same decoded beside it. */
export const receiptDocument = z.object({
  about: z.string(),
  protected: z.string(),
  payload: z.string(),
  signature: z.string(),
  decoded: z.object({ protected_header: z.record(z.string(), z.string()), receipt }),
  public_jwk: z.record(z.string(), z.string()),
  fingerprint: z.string().describe('Thumbprint of the key (RFC 7638)'),
  published_keys_url: z.string(),
})
