import { AsyncLocalStorage } from 'node:async_hooks'
import type { AppError } from '#lib/errors'
import { anchored } from '#lib/log'
import type { DeviceError } from './flow/device-sources.ts'

/** What is known of the request that is being answered, for the parts of the provider that are not told. */
export type Asked = {
  /** How the client presents itself, which decides as what kind of client it is read. */
  presents: 'nothing' | 'secret' | 'assertion'
  /** The client that has proven itself by other means than the provider's own; its secret is not looked at then. */
  proven: string | null
  /** The org that a deployment's agent asks to act in. */
  orgId: string | null
  /** Ids of our own signed tokens that came with the request and hold. */
  tokens: Set<string>
  /** The refresh token that is being exchanged for its successor. */
  rotating: string | null
  /** The network that it came from, as what is counted of strangers. */
  from: string | null
  /** What was asked for too often while it was answered, which the provider says in words of its own. */
  limited: AppError | null
  /** DER of the certificate that a proxy of ours verified, base64. */
  certificate: string | null
  /** The entry of a user code, which is told what the provider's own page would have shown. */
  deviceEntry: { xsrf: string; error: DeviceError | null } | null
}

export const nothingAsked = (): Asked => ({
  presents: 'nothing',
  proven: null,
  orgId: null,
  tokens: new Set(),
  rotating: null,
  from: null,
  limited: null,
  certificate: null,
  deviceEntry: null,
})

const storage = anchored('oauth.asked', () => new AsyncLocalStorage<Asked>())

export const withAsked = <T>(asked: Asked, work: () => Promise<T>): Promise<T> => storage.run(asked, work)

/** Whether a request to the authorization server itself is being answered, and not one of our pages made. */
export const answering = (): boolean => storage.getStore() !== undefined

/** @returns facts that say nothing, where no request is being answered */
export const asked = (): Asked => storage.getStore() ?? nothingAsked()
