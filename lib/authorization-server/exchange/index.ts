import type { ExtraGrant } from '../grants.ts'

/** Grants by which one token is exchanged for another. */
export const exchangeGrants: readonly ExtraGrant[] = []
