export { type AccountRef, type ConnectUrl, grant, heldScopes } from './grant.ts'
export { expand, satisfied } from './satisfy.ts'
