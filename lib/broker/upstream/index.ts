export { callTool, type Outcome } from './call-tool.ts'
export { type Doubtful, reconcileExecution } from './reconcile.ts'
