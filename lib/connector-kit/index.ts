export { classify, type ErrorClass, errorCode } from './classify.ts'
export {
  type Connector,
  defineConnector,
  oauth2,
  type ProviderAccount,
  type RevokeRequest,
  type Scope,
  standardTokens,
  type TokenSet,
} from './define.ts'
export { paginate } from './paginate.ts'
export {
  type CallOptions,
  segment,
  type Tool,
  type ToolHttp,
  tool,
} from './tool.ts'
