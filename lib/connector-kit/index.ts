export {
  classify,
  type ErrorClass,
  type ErrorRules,
  type ProviderAnswer,
  refusalOf,
} from './classify.ts'
export { type Connector, defineConnector, type Scope } from './define.ts'
export {
  oauth2,
  type ProviderAccount,
  type RevokeRequest,
  standardTokenErrors,
} from './oauth2.ts'
export { paginate } from './paginate.ts'
export { baseUrlsWith, defineProfile, oauth2Of, type ProviderProfile, withInputs } from './profile.ts'
export { retryAfterSeconds } from './retry-after.ts'
export { apiOriginIn, standardTokens, type TokenSet } from './tokens.ts'
export {
  type CallOptions,
  segment,
  type Tool,
  type ToolHttp,
  tool,
} from './tool.ts'
