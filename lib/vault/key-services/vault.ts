import { readFile } from 'node:fs/promises'
import type { KeySettings } from '#lib/config'
import { type Egress, EgressError } from '#lib/egress'
import { contextBytes, deadlineMs, type KeyService, KeyServiceError } from './service.ts'

type Settings = NonNullable<KeySettings['vault']>

const segment = '[A-Za-z0-9_-][A-Za-z0-9_.-]*'
const nameShape = new RegExp(`^${segment}$`)
const keyIdShape = new RegExp(`^(${segment}(?:/${segment})*)/(${segment}):v\\d+$`)

/** Says no for good; everything else that is not 2xx passes: sealed, standby, overloaded, behind. */
const refusals = new Set([400, 403, 404, 405])

/**
 * HashiCorp Vault and OpenBao: the Transit secrets engine, over its HTTP API. The token is read from its file at each
 * call, so that an agent may renew it.
 * @see https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
export function vaultKeyService(settings: Settings, egress: Pick<Egress, 'request'>): KeyService {
  const host = new URL(settings.address).host

  const call = async (method: 'GET' | 'POST', path: string, body?: object) => {
    const token = settings.tokenFile
      ? await readFile(settings.tokenFile, 'utf8').catch(() => {
          throw new KeyServiceError('outage', 'BEHALF_VAULT_TOKEN_FILE cannot be read')
        })
      : (settings.token ?? '')
    try {
      return await egress.request({
        purpose: 'kms',
        method,
        url: `${settings.address}/v1/${path}`,
        headers: {
          'x-vault-token': token.trim(),
          'x-vault-request': 'true',
          'content-type': 'application/json',
          ...(settings.namespace && { 'x-vault-namespace': settings.namespace }),
        },
        ...(body && { body: JSON.stringify(body) }),
        hosts: [host],
        deadlineMs,
      })
    } catch (error) {
      if (error instanceof EgressError) throw new KeyServiceError('outage', `Vault: ${error.message}`)
      throw error
    }
  }

  /** A token that has run out is no verdict on a key, though Vault answers both alike. */
  const tokenWorks = async () => (await call('GET', 'auth/token/lookup-self')).status === 200

  const transit = async (operation: 'encrypt' | 'decrypt', mount: string, name: string, body: object) => {
    const answer = await call('POST', `${mount}/${operation}/${name}`, body)
    if (answer.status === 200) {
      const data = readData(answer.text())
      if (data) return data
      throw new KeyServiceError('outage', `Vault: ${operation} answered something else than Transit does`)
    }
    const line = `Vault: ${operation} with ${mount}/${name} answered ${answer.status}`
    if (!refusals.has(answer.status)) throw new KeyServiceError('outage', line)
    if (answer.status === 403 && !(await tokenWorks()))
      throw new KeyServiceError('outage', `${line}, and so does a look at our own token`)
    throw new KeyServiceError('refused', line)
  }

  return {
    wrap: async (context, dataKey, keyName) => {
      if (!nameShape.test(keyName)) throw new KeyServiceError('refused', 'Vault: this is no name of a key')
      const { ciphertext } = await transit('encrypt', settings.mount, keyName, {
        plaintext: Buffer.from(dataKey).toString('base64'),
        associated_data: contextBytes(context).toString('base64'),
      })
      const version = /^vault:(v\d+):/.exec(ciphertext ?? '')?.[1]
      if (!ciphertext || !version)
        throw new KeyServiceError('outage', 'Vault: encrypt answered no ciphertext')
      return {
        wrapped: new Uint8Array(Buffer.from(ciphertext)),
        keyId: `${settings.mount}/${keyName}:${version}`,
      }
    },
    unwrap: async (context, wrapped, keyId) => {
      const [, mount, name] = keyIdShape.exec(keyId) ?? []
      if (!mount || !name) throw new KeyServiceError('refused', 'Vault: the key id is not one of ours')
      const { plaintext } = await transit('decrypt', mount, name, {
        ciphertext: Buffer.from(wrapped).toString(),
        associated_data: contextBytes(context).toString('base64'),
      })
      return new Uint8Array(Buffer.from(plaintext ?? '', 'base64'))
    },
  }
}

function readData(text: string): { ciphertext?: string; plaintext?: string } | null {
  try {
    return (JSON.parse(text) as { data?: { ciphertext?: string; plaintext?: string } }).data ?? null
  } catch {
    return null
  }
}
