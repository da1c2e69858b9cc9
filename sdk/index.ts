export { type BehalfClient, type ClientOptions, createClient } from './client.ts'
export { BehalfError, type ClientErrorCode } from './error.ts'
export type * from './types.ts'
