import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { type FormConnector, type FormGrant, formTokenErrors, standardTokens } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import type { AuthConfig } from './auth-configs.ts'
import { basicHeader } from './client-authentication.ts'
import { urlOf } from './endpoints.ts'
import { postForTokens, type TokenAnswer } from './token-endpoint.ts'

type Fields = Readonly<Record<string, string>>
type Request = { headers: Record<string, string>; params: Record<string, string> }

const assertionSeconds = 300

/** What a key file of a service account says; where to send an assertion is not its to say (THREATS.md O3). */
export type ServiceAccount = { client_email: string; private_key: string; private_key_id?: string }

/** Reads the key file that providers hand out for a service account; `null` for anything else. */
export function readServiceAccount(text: string): ServiceAccount | null {
  try {
    const file: unknown = JSON.parse(text)
    if (typeof file !== 'object' || file === null) return null
    const { client_email, private_key, private_key_id } = file as Record<string, unknown>
    if (typeof client_email !== 'string' || typeof private_key !== 'string') return null
    if (!signingKey(private_key)) return null
    return { client_email, private_key, ...(typeof private_key_id === 'string' && { private_key_id }) }
  } catch {
    return null
  }
}

function signingKey(pem: string): { key: KeyObject; alg: 'RS256' | 'ES256' } | null {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'rsa') return { key, alg: 'RS256' }
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? { key, alg: 'ES256' } : null
  } catch {
    return null
  }
}

/** An access token from what a person pasted: RFC 6749 §4.4, or RFC 7523 §2.1 with an assertion of a minute's age. */
export async function deriveToken(
  egress: Egress,
  connector: FormConnector,
  auth: AuthConfig,
  grant: FormGrant,
  fields: Fields,
  deadlineMs: number,
): Promise<TokenAnswer> {
  const url = urlOf(connector, auth, grant.tokenUrl)
  const scope = [grant.scope ?? '', fields.scope ?? ''].filter(Boolean).join(' ')
  const request =
    grant.type === 'client_credentials'
      ? clientRequest(grant, fields, scope)
      : await asserted(grant, fields, scope, url)
  if (!request) return { kind: 'dead', errorCode: 'invalid_key', retryAfterSeconds: null }
  return postForTokens(egress, connector, auth, { url, json: false, ...request }, deadlineMs, {
    rules: formTokenErrors(connector.auth),
    parse: standardTokens,
    ttlSecondsMax: connector.auth.accessTtlSecondsMax,
  })
}

function clientRequest(
  grant: FormGrant & { type: 'client_credentials' },
  fields: Fields,
  scope: string,
): Request {
  const id = fields[grant.client.id] ?? ''
  const secret = fields[grant.client.secret] ?? ''
  const params = { grant_type: 'client_credentials', ...(grant.scope !== null && scope !== '' && { scope }) }
  return grant.clientAuth === 'client_secret_basic'
    ? { headers: { authorization: basicHeader(id, secret) }, params }
    : { headers: {}, params: { ...params, client_id: id, client_secret: secret } }
}

async function asserted(
  grant: FormGrant & { type: 'jwt_bearer' },
  fields: Fields,
  scope: string,
  tokenUrl: string,
): Promise<Request | null> {
  const account = readServiceAccount(fields[grant.account] ?? '')
  const signing = account && signingKey(account.private_key)
  if (!account || !signing) return null
  const subject = grant.subject === null ? undefined : fields[grant.subject]
  const assertion = await new SignJWT(grant.scope === null || scope === '' ? {} : { scope })
    .setProtectedHeader({
      alg: signing.alg,
      typ: 'JWT',
      ...(account.private_key_id && { kid: account.private_key_id }),
    })
    .setIssuer(account.client_email)
    .setSubject(subject || account.client_email)
    .setAudience(grant.audience ?? tokenUrl)
    .setIssuedAt()
    .setExpirationTime(`${assertionSeconds}s`)
    .setJti(randomUUID())
    .sign(signing.key)
  return {
    headers: {},
    params: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion },
  }
}
