import { readFile } from 'node:fs/promises'
import type { KeySettings } from '#lib/config'
import type { Egress, EgressFetch } from '#lib/egress'
import { crc32c } from './crc32c.ts'
import { contextBytes, deadlineMs, type KeyService, KeyServiceError } from './service.ts'

type Settings = NonNullable<KeySettings['gcp']>

type Input = Parameters<EgressFetch>[0]

/** gRPC codes that say no for good: INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION (disabled). */
const refusals = new Set([3, 5, 7, 9])

const googleHosts = ['cloudkms', 'oauth2', 'sts', 'iamcredentials', 'www'].map(
  (name) => `${name}.googleapis.com`,
)

/**
 * Google Cloud KMS through its client library in its REST form, whose every request goes out by our egress: those for
 * the credentials as well. The metadata server is out of reach there, so credentials come from a file.
 * @see https://cloud.google.com/kms/docs/data-integrity-guidelines
 */
export async function gcpKmsKeyService(
  settings: Settings,
  egress: Pick<Egress, 'fetch'>,
): Promise<KeyService> {
  const { KeyManagementServiceClient } = await import('@google-cloud/kms')
  const { ExternalAccountClient, GoogleAuth, JWT } = await import('google-auth-library')
  const endpoint = settings.endpoint ? new URL(settings.endpoint) : null
  const send = egress.fetch('kms', {
    hosts: [...googleHosts, ...(endpoint ? [endpoint.host] : [])],
    deadlineMs,
  })
  const facts = JSON.parse(await readFile(settings.credentialsFile, 'utf8'))
  const transport = {
    scopes: ['https://www.googleapis.com/auth/cloudkms'],
    // The transport's own options, such as a proxy agent, are none of ours.
    transporterOptions: {
      fetchImplementation: (input: Input, init?: RequestInit) => send(input, fetchInit(init)),
    },
  }
  const authClient =
    facts.type === 'service_account'
      ? new JWT({
          email: facts.client_email,
          key: facts.private_key,
          keyId: facts.private_key_id,
          ...transport,
        })
      : ExternalAccountClient.fromJSON({ ...facts, ...transport })
  if (!authClient)
    throw new Error('BEHALF_GCP_CREDENTIALS_FILE is neither a service account nor an external account')
  const client = new KeyManagementServiceClient({
    fallback: true,
    auth: new GoogleAuth({ authClient }),
    ...(endpoint && {
      apiEndpoint: endpoint.hostname,
      port: Number(endpoint.port || (endpoint.protocol === 'https:' ? 443 : 80)),
      protocol: endpoint.protocol.slice(0, -1),
    }),
  })
  // Our own deadline and cache stand in for the library's retries, which last a minute.
  const options = { timeout: deadlineMs, retry: null }
  const asked = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      throw new KeyServiceError(
        typeof code === 'number' && refusals.has(code) ? 'refused' : 'outage',
        `Google Cloud KMS: code ${code ?? 'unknown'}`,
      )
    }
  }
  const intact = (bytes: Uint8Array, sum: unknown) => {
    if (crc32c(bytes) !== Number(sum))
      throw new KeyServiceError('outage', 'Google Cloud KMS: bytes changed on the way')
  }
  return {
    wrap: async (context, dataKey, keyName) => {
      const associated = contextBytes(context)
      const [answer] = await asked(
        client.encrypt(
          {
            name: keyName,
            plaintext: dataKey,
            plaintextCrc32c: { value: crc32c(dataKey) },
            additionalAuthenticatedData: associated,
            additionalAuthenticatedDataCrc32c: { value: crc32c(associated) },
          },
          options,
        ),
      )
      const wrapped = toBytes(answer.ciphertext)
      if (!answer.verifiedPlaintextCrc32c || !answer.verifiedAdditionalAuthenticatedDataCrc32c)
        throw new KeyServiceError('outage', 'Google Cloud KMS: bytes changed on the way')
      intact(wrapped, answer.ciphertextCrc32c?.value)
      return { wrapped, keyId: answer.name ?? keyName }
    },
    unwrap: async (context, wrapped, keyId) => {
      const associated = contextBytes(context)
      const [answer] = await asked(
        client.decrypt(
          {
            // Decryption names the key; which of its versions it was stands in the ciphertext.
            name: keyId.replace(/\/cryptoKeyVersions\/\d+$/, ''),
            ciphertext: wrapped,
            ciphertextCrc32c: { value: crc32c(wrapped) },
            additionalAuthenticatedData: associated,
            additionalAuthenticatedDataCrc32c: { value: crc32c(associated) },
          },
          options,
        ),
      )
      const dataKey = toBytes(answer.plaintext)
      intact(dataKey, answer.plaintextCrc32c?.value)
      return dataKey
    },
  }
}

function fetchInit(init: RequestInit | undefined): RequestInit {
  const { method, headers, body, signal } = init ?? {}
  return {
    ...(method && { method }),
    ...(headers && { headers }),
    ...(body && { body }),
    ...(signal && { signal }),
  }
}

const toBytes = (value: Uint8Array | string | null | undefined): Uint8Array<ArrayBuffer> =>
  new Uint8Array(typeof value === 'string' ? Buffer.from(value, 'base64') : (value ?? []))
