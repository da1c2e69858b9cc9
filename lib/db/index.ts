export {
  type ApiKeyRow,
  listOrgIds,
  lookupApiKey,
  lookupConnectSession,
  lookupObject,
  lookupOrg,
  lookupOrgName,
  lookupSignInLink,
  ping,
} from './before-tenant.ts'
export { disconnect, isUniqueViolation, pool, type Tx } from './client.ts'
export { forOrg } from './for-org.ts'
export { Prisma } from './generated/client.ts'
