export { classify, type ErrorClass, type ErrorRules, errorCode } from './classify.ts'
export {
  type Connector,
  defineConnector,
  type OAuth2,
  oauth2,
  type ProviderAccount,
  type RevokeRequest,
  type Rotation,
  type Scope,
  standardTokens,
  type TokenSet,
} from './define.ts'
export { type Page, paginate } from './paginate.ts'
export { type Effect, effect, type Risk, risk } from './schema.ts'
export {
  type CallOptions,
  type Query,
  segment,
  type Tool,
  type ToolContext,
  type ToolHttp,
  tool,
} from './tool.ts'
