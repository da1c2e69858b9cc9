/**
 * How a provider tells of consents that ended on its side. A scheme is a file of lib/oauth/notices; `shared_signals`
 * are security event tokens (RFC 8417) that it pushes (RFC 8935), signed by one of `issuers` with a key of `jwksUrl`.
 */
export type Notices =
  | { scheme: 'github' | 'slack' | 'stripe' | 'zoom' }
  | { scheme: 'shared_signals'; issuers: readonly string[]; jwksUrl: string }
