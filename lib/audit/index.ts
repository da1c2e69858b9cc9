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
export { verifyAround } from './explore/around.ts'
export { exploreAudit } from './explore/list.ts'
export { idsNamed, namesIn } from './explore/names.ts'
export { aroundOfActor, getAuditEvent } from './explore/one.ts'
export { headOf, tailAudit } from './explore/tail.ts'
export { type FacetField, facetFields, type Tally, tallyAudit } from './explore/tally.ts'
export { exportFormats, exportStream } from './export/stream.ts'
export { listAudit } from './read.ts'
export { type Recent, recentOfAccountsIn } from './recent.ts'
export { compareWithExport } from './reports/beside-export.ts'
export { csvReport, reportStream } from './reports/document.ts'
export { evidenceReport } from './reports/evidence.ts'
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
