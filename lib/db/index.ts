export {
  accountsAtProvider,
  claimDueRefreshes,
  deadSince,
  deployment,
  dueAuthConfigs,
  heldAccounts,
  listOrgsBeingDeleted,
  listTenants,
  lookupApiKey,
  lookupConnectSession,
  lookupDomain,
  lookupObject,
  lookupOrg,
  lookupSignInLink,
  lookupTenant,
  ping,
  revocationsOfBatch,
  type SessionVia,
  sharesGrant,
} from './before-tenant.ts'
export { disconnect, isUniqueViolation, pool, type Tx } from './client.ts'
export { forOrg } from './for-org.ts'
export { Prisma } from './generated/client.ts'
export { watchSession } from './session-changes.ts'
export { type Sql, type Statement, sqlForOrg } from './sql.ts'
