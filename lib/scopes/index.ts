export { type AccountRead, type AccountRef, readAccounts } from './account.ts'
export { type ConnectUrl, grant, heldScopes, outsideLimits } from './grant.ts'
export { runWithin } from './limits.ts'
export { expand, satisfied } from './satisfy.ts'
