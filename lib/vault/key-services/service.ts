/** What a wrapped key is for: `data` seals, `hmac` makes keyed hashes. */
export type KeyPurpose = 'data' | 'hmac'

/** What a wrapped key is bound to at its service: moved to another org, purpose or version it does not unwrap. */
export type KeyContext = { orgId: string; purpose: KeyPurpose; version: number }

export type Wrapped = {
  wrapped: Uint8Array<ArrayBuffer>
  /** Which key of the service did it, as `unwrap` needs to know: a fingerprint, or a name with its version. */
  keyId: string
}

/** Wraps and unwraps the orgs' keys; nothing else ever sees the key that it does so with. */
export type KeyService = {
  /**
   * @param keyName a key of the service
   * @throws KeyServiceError
   */
  wrap(context: KeyContext, dataKey: Uint8Array, keyName: string): Promise<Wrapped>
  /** @throws KeyServiceError */
  unwrap(context: KeyContext, wrapped: Uint8Array, keyId: string): Promise<Uint8Array>
}

/**
 * `refused`: the service answered, and the answer is no: the key is disabled, destroyed or not ours, or the wrapped
 * bytes are not its own. This takes effect. `outage`: it did not answer, or could not tell who asked: cached keys
 * bridge it for a while.
 */
export class KeyServiceError extends Error {
  override readonly name = 'KeyServiceError'
  readonly kind: 'outage' | 'refused'

  constructor(kind: 'outage' | 'refused', message: string) {
    super(message)
    this.kind = kind
  }
}

export const deadlineMs = 5_000

/** The context as bytes, for services that take additional authenticated data. */
export const contextBytes = ({ orgId, purpose, version }: KeyContext): Buffer =>
  Buffer.from(`behalf/org-key/1/${orgId}/${purpose}/${version}`)
