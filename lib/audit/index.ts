export { type AuditInput, appendAudit, type Origin, originFields, rehearseAudit } from './event.ts'
export { exportAudit, listAudit, verifyAudit } from './read.ts'
export { type Recent, recentOfAccountsIn } from './recent.ts'
