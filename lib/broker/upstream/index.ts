export { callTool, type Outcome } from './call-tool.ts'
