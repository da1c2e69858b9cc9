import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { exchangeGrants } from './exchange/index.ts'

/** Answers one grant type: sets `ctx.body`, or throws one of the provider's errors. The client has proven itself. */
export type GrantHandler = (ctx: KoaContextWithOIDC, provider: Provider) => Promise<void>

export type ExtraGrant = {
  grantType: string
  /** What the grant takes beside the client's own authentication. */
  parameters: readonly string[]
  handler: GrantHandler
}

/** Grants that the provider does not bring along. */
export const extraGrants = (): readonly ExtraGrant[] => exchangeGrants
