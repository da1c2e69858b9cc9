export { type AccountRef, type ConnectUrl, grant, heldScopes, outsideLimits } from './grant.ts'
export { runWithin, staysWithin } from './limits.ts'
export { expand, satisfied } from './satisfy.ts'
