import { config } from '#lib/config'
import { decrypt, encrypt } from './envelope.ts'

/** Wraps and unwraps the orgs' data keys; nothing else ever sees the master key. */
export type KeyService = {
  name: string
  wrap(orgId: string, version: number, dataKey: Uint8Array): Promise<Uint8Array<ArrayBuffer>>
  unwrap(orgId: string, version: number, wrapped: Uint8Array): Promise<Uint8Array>
}

/** The default: a master key from the environment, held by this process. */
export const localKeyService: KeyService = {
  name: 'local',
  wrap: async (orgId, keyVersion, dataKey) =>
    encrypt(config().masterKey, { purpose: 'data_key', orgId, keyVersion, parts: [] }, dataKey),
  unwrap: async (orgId, keyVersion, wrapped) =>
    decrypt(config().masterKey, { purpose: 'data_key', orgId, keyVersion, parts: [] }, wrapped),
}
