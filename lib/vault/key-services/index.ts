import { randomBytes, timingSafeEqual } from 'node:crypto'
import { config, type KeyServiceName, type KeySettings, keyServiceNames } from '#lib/config'
import type { Egress } from '#lib/egress'
import { anchored, metrics } from '#lib/log'
import { awsKmsKeyService } from './aws-kms.ts'
import { gcpKmsKeyService } from './gcp-kms.ts'
import { localKeyService } from './local.ts'
import { type KeyContext, type KeyService, KeyServiceError, type Wrapped } from './service.ts'
import { vaultKeyService } from './vault.ts'

export { type KeyContext, type KeyPurpose, KeyServiceError, type Wrapped } from './service.ts'

/** A key of a service; `name` is empty for the local master key, which has none. */
export type KeyTarget = { service: KeyServiceName; name: string }

type Making = { settings: KeySettings; egress: Egress }

/** How each service is made, once; `null` where the operator has not set it up. */
const remote: Readonly<
  Record<Exclude<KeyServiceName, 'local'>, (making: Making) => KeyService | Promise<KeyService> | null>
> = {
  vault: ({ settings, egress }) => settings.vault && vaultKeyService(settings.vault, egress),
  aws_kms: ({ settings, egress }) => settings.aws && awsKmsKeyService(settings.aws, egress),
  gcp_kms: ({ settings, egress }) => settings.gcp && gcpKmsKeyService(settings.gcp, egress),
}

type State = { egress: Egress | null; made: Map<KeyServiceName, Promise<KeyService>> }
const state = anchored<State>('vault.key_services', () => ({ egress: null, made: new Map() }))

/** Says by which door the key services are reached; whoever composes the process does so once. */
export function reachKeyServices(egress: Egress): void {
  state.egress = egress
  state.made.clear()
}

function keyService(name: KeyServiceName): Promise<KeyService> {
  const found = state.made.get(name)
  if (found) return found
  const made = make(name)
  state.made.set(name, made)
  made.catch(() => state.made.delete(name))
  return made
}

async function make(name: KeyServiceName): Promise<KeyService> {
  const { egress } = state
  if (name === 'local') return localKeyService(() => config().keys.masterKeys)
  if (!egress) throw new KeyServiceError('outage', `${name}: this process has no way out`)
  const made = await Promise.resolve(remote[name]({ settings: config().keys, egress })).catch(
    (error: unknown) => {
      const absent = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
      throw new KeyServiceError(
        'outage',
        absent
          ? `${name}: its package is not installed: npm ci without --omit=optional`
          : `${name}: ${error}`,
      )
    },
  )
  if (!made) throw new KeyServiceError('refused', `${name} is not set up in this process's environment`)
  return made
}

async function counted<T>(name: string, operation: string, work: () => Promise<T>): Promise<T> {
  const count = (outcome: string) => metrics.keyServiceCalls.inc({ service: name, operation, outcome })
  try {
    const result = await work()
    count('ok')
    return result
  } catch (error) {
    count(error instanceof KeyServiceError ? error.kind : 'error')
    throw error
  }
}

const known = (name: string): KeyServiceName => {
  const found = keyServiceNames.find((one) => one === name)
  if (!found) throw new KeyServiceError('refused', `there is no key service ${name}`)
  return found
}

/** @throws KeyServiceError */
export const wrapKey = (
  { service, name }: KeyTarget,
  context: KeyContext,
  dataKey: Uint8Array,
): Promise<Wrapped> =>
  counted(service, 'wrap', async () => (await keyService(service)).wrap(context, dataKey, name))

/** @throws KeyServiceError */
export const unwrapKey = (
  row: { service: string; keyId: string; wrapped: Uint8Array },
  context: KeyContext,
): Promise<Uint8Array> =>
  counted(row.service, 'unwrap', async () => {
    const key = await (await keyService(known(row.service))).unwrap(context, row.wrapped, row.keyId)
    if (key.length !== 32)
      throw new KeyServiceError('refused', `${row.service} unwrapped something that is no key`)
    return key
  })

/** The deployment's own key. */
export const deploymentKey = (): KeyTarget => {
  const { service, name } = config().keys
  return { service, name: name ?? '' }
}

/**
 * Wraps and unwraps a key made for this, to see that a target does both and keeps to the context.
 * @returns the id of the key that wraps there now
 * @throws KeyServiceError
 */
export async function probeTarget(target: KeyTarget): Promise<string> {
  const context: KeyContext = { orgId: 'probe', purpose: 'data', version: 0 }
  const key = randomBytes(32)
  const { wrapped, keyId } = await wrapKey(target, context, key)
  const row = { service: target.service, keyId, wrapped }
  if (!timingSafeEqual(await unwrapKey(row, context), key))
    throw new KeyServiceError('refused', `${target.service} unwraps another key than it wrapped`)
  const moved = await unwrapKey(row, { ...context, orgId: 'another' }).catch((error: unknown) => {
    if (error instanceof KeyServiceError && error.kind === 'refused') return null
    throw error
  })
  if (moved) throw new KeyServiceError('refused', `${target.service} does not bind a wrapped key to its org`)
  return keyId
}
