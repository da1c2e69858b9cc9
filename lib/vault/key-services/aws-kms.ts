import type { KeySettings } from '#lib/config'
import type { Egress, EgressFetch } from '#lib/egress'
import { deadlineMs, type KeyContext, type KeyService, KeyServiceError } from './service.ts'

type Settings = NonNullable<KeySettings['aws']>

/** AWS says no for good; other errors pass, among them those that are about our own credentials. */
const refusals = new Set([
  'AccessDeniedException',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidCiphertextException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'NotFoundException',
  'ValidationException',
])

/**
 * AWS KMS through its SDK, whose every request goes out by our egress: those for the credentials as well. Instance
 * metadata is out of reach there (link-local), so the SDK is told not to look for it.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
export async function awsKmsKeyService(
  settings: Settings,
  egress: Pick<Egress, 'fetch'>,
): Promise<KeyService> {
  process.env.AWS_EC2_METADATA_DISABLED = 'true'
  const { DecryptCommand, EncryptCommand, KMSClient } = await import('@aws-sdk/client-kms')
  const suffix = settings.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const hosts = [
    `kms.${settings.region}.${suffix}`,
    `sts.${settings.region}.${suffix}`,
    `sts.${suffix}`,
    ...(settings.endpoint ? [new URL(settings.endpoint).host] : []),
  ]
  const client = new KMSClient({
    region: settings.region,
    ...(settings.endpoint && { endpoint: settings.endpoint }),
    maxAttempts: 2,
    requestHandler: handlerOver(egress.fetch('kms', { hosts, deadlineMs })),
  })
  const asked = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown'
      throw new KeyServiceError(refusals.has(name) ? 'refused' : 'outage', `AWS KMS: ${name}`)
    }
  }
  return {
    wrap: async (context, dataKey, keyName) => {
      const input = { KeyId: keyName, Plaintext: dataKey, EncryptionContext: encryptionContext(context) }
      const { CiphertextBlob, KeyId } = await asked(client.send(new EncryptCommand(input)))
      if (!CiphertextBlob || !KeyId) throw new KeyServiceError('outage', 'AWS KMS: encrypt answered nothing')
      return { wrapped: new Uint8Array(CiphertextBlob), keyId: KeyId }
    },
    unwrap: async (context, wrapped, keyId) => {
      const input = {
        KeyId: keyId,
        CiphertextBlob: wrapped,
        EncryptionContext: encryptionContext(context),
      }
      const { Plaintext } = await asked(client.send(new DecryptCommand(input)))
      if (!Plaintext) throw new KeyServiceError('outage', 'AWS KMS: decrypt answered nothing')
      return new Uint8Array(Plaintext)
    },
  }
}

const encryptionContext = ({ orgId, purpose, version }: KeyContext) => ({
  'behalf:org': orgId,
  'behalf:purpose': purpose,
  'behalf:version': String(version),
})

type SdkRequest = {
  protocol: string
  hostname: string
  port?: number
  path: string
  method: string
  query?: Record<string, string | string[] | null>
  headers: Record<string, string>
  body?: unknown
}

/** The part of the SDK that makes requests, over our own fetch. */
function handlerOver(send: EgressFetch) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request: SdkRequest) => {
      const url = new URL(
        `${request.protocol}//${request.hostname}${request.port ? `:${request.port}` : ''}${request.path}`,
      )
      for (const [name, value] of Object.entries(request.query ?? {}))
        for (const one of [value].flat()) url.searchParams.append(name, one ?? '')
      // What frames the message or names the host is the transport's, and says the same.
      const { host: _, 'content-length': __, expect: ___, ...headers } = request.headers
      const body = request.body === undefined ? {} : { body: bodyOf(request.body) }
      const answer = await send(url, { method: request.method, headers, ...body })
      return {
        response: {
          statusCode: answer.status,
          headers: Object.fromEntries(answer.headers),
          body: new Uint8Array(await answer.arrayBuffer()),
        },
      }
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  }
}

function bodyOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return new Uint8Array(body)
  throw new KeyServiceError('outage', 'AWS KMS: the SDK asked to stream')
}
