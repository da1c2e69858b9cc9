export { type AccountRef, type ConnectUrl, grant, heldScopes } from './grant.ts'
export { satisfied } from './satisfy.ts'
