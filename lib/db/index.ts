export {
  accessTokenRevoked,
  accountsAtProvider,
  chainsToSign,
  claimDueRefreshes,
  deadSince,
  deployment,
  dropAuditPartitions,
  dueAuthConfigs,
  heldAccounts,
  listOrgsBeingDeleted,
  listTenants,
  lookupAccount,
  lookupApiKey,
  lookupConnectSession,
  lookupDomain,
  lookupMembers,
  lookupObject,
  lookupOrg,
  lookupPeople,
  lookupScimToken,
  lookupSignIn,
  lookupSignInLink,
  lookupSsoDomain,
  lookupTenant,
  makeAuditPartitions,
  type OrgUsage,
  ping,
  revocationsOfBatch,
  runningEverywhere,
  type SessionVia,
  sharesGrant,
  streamsBehind,
  usageEverywhere,
} from './before-tenant.ts'
export { disconnect, isCommitInDoubt, isUniqueViolation, pool, type Tx } from './client.ts'
export { whereStatus } from './expiring.ts'
export { forOrg } from './for-org.ts'
export { Prisma } from './generated/client.ts'
export { grouped, type Settled } from './grouped.ts'
export { listen } from './listener.ts'
export { watchSession } from './session-changes.ts'
export { readForOrg, type Sql, type Statement, sqlForOrg } from './sql.ts'
