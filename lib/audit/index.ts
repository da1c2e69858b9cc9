export { type AuditInput, appendAudit, type Outcome, rehearseAudit } from './event.ts'
export { exportAudit, listAudit, verifyAudit } from './read.ts'
