export { type AccountRef, type ConnectUrl, grant, heldScopes, outsideLimits } from './grant.ts'
export { runWithin } from './limits.ts'
export { expand, satisfied } from './satisfy.ts'
