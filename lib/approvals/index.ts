export type { AskedCall } from './call.ts'
export { decideApproval } from './decide.ts'
export { closeApproval, refuseApproval, sweepApprovals, withdrawApproval } from './end.ts'
export { listApprovals } from './read.ts'
export { showApproval } from './show.ts'
export {
  approve,
  approvedCall,
  consumeApprovalsIn,
  holdApprovalsIn,
  type Use,
} from './use.ts'
