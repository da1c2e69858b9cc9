import { createHash } from 'node:crypto'
import { decrypt, encrypt } from '../envelope.ts'
import { type KeyContext, type KeyService, KeyServiceError } from './service.ts'

/** Names a master key without telling it. */
export const fingerprint = (masterKey: Uint8Array): string =>
  createHash('sha256').update('behalf/master-key').update(masterKey).digest('hex').slice(0, 16)

const envelopeContext = ({ orgId, purpose, version }: KeyContext) => ({
  purpose: `${purpose}_key`,
  orgId,
  keyVersion: version,
  parts: [],
})

/**
 * The default: master keys from the environment, held by this process. The first wraps; the others still unwrap what
 * they wrapped, so that a master key can be replaced while running.
 */
export const localKeyService = (masterKeys: () => readonly Uint8Array[]): KeyService => ({
  wrap: async (context, dataKey) => {
    const [current] = masterKeys()
    if (!current) throw new KeyServiceError('refused', 'there is no BEHALF_MASTER_KEY')
    return { wrapped: encrypt(current, envelopeContext(context), dataKey), keyId: fingerprint(current) }
  },
  unwrap: async (context, wrapped, keyId) => {
    // Keys that were wrapped before fingerprints were kept name none.
    const named = masterKeys().filter((key) => keyId === '' || fingerprint(key) === keyId)
    for (const key of named) {
      try {
        return decrypt(key, envelopeContext(context), wrapped)
      } catch {}
    }
    throw new KeyServiceError(
      'refused',
      named.length > 0
        ? 'data key does not unwrap: is BEHALF_MASTER_KEY the right one?'
        : `data key does not unwrap: no master key here has the fingerprint ${keyId}; is BEHALF_MASTER_KEY the right one?`,
    )
  },
})
