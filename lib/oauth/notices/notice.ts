/** What a provider delivered, as it came: signatures are over these very bytes. */
export type Delivery = { headers: Headers; body: Buffer; now: Date }

/** An account at the provider whose access ended, or all of a workspace with `workspace`. */
export type Ended = {
  account: string
  workspace?: true
  /** Whether the tokens are gone already, or ours to give back. */
  tokensEnded: boolean
}

/** Proven to come from the provider: a test of the address that wants an answer, or news. */
export type Notice =
  | { kind: 'challenge'; answer: Readonly<Record<string, string>> }
  | {
      kind: 'news'
      /** The same for a delivery that is repeated. */
      id: string
      /** When it happened; `null` where the provider does not say. */
      at: Date | null
      /** What the provider calls it. */
      event: string
      ended: readonly Ended[]
    }
