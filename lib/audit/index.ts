export { headsInText } from './checkpoints/places.ts'
export { listCheckpoints, signDueHeads, signHead } from './checkpoints/sign-heads.ts'
export {
  type AuditInput,
  appendAudit,
  appendAuditsIn,
  foreseeAppend,
  isUnforeseen,
  type Origin,
  originFields,
  rehearsed,
} from './event.ts'
export { exportFormats, exportStream } from './export/stream.ts'
export { listAudit } from './read.ts'
export { type Recent, recentOfAccountsIn } from './recent.ts'
export { compareWithExport } from './reports/beside-export.ts'
export { reportStream } from './reports/document.ts'
export { processingReport } from './reports/gdpr.ts'
export { accessReport } from './reports/soc2.ts'
export { verifyReport } from './reports/verify-report.ts'
export { liftHoldIn, listHolds, placeHoldIn, retainQuietly } from './retention.ts'
export { startAuditStreams } from './streams/deliver.ts'
export {
  changeStreamIn,
  createStream,
  deleteStreamIn,
  getStream,
  listStreams,
} from './streams/streams.ts'
export { verifyAudit } from './verify.ts'
export { type FileReport, verifyAuditFile } from './verify-file.ts'
export { noteView, type Records } from './views.ts'
