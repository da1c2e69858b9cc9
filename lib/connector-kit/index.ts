export {
  classify,
  type ErrorClass,
  type ErrorRules,
  type ProviderAnswer,
  refusalOf,
} from './classify.ts'
export {
  type CredentialForm,
  credentialForm,
  type FormGrant,
  formTokenErrors,
} from './credential-form.ts'
export {
  type Connector,
  defineConnector,
  type FormConnector,
  fieldsAsked,
  isForm,
  isOAuth,
  type OAuthConnector,
  type Scope,
} from './define.ts'
export { type FormField, hostLabelIn, isHostLabel, kindFacts } from './form-field.ts'
export {
  oauth2,
  type ProviderAccount,
  type RevokeRequest,
  standardTokenErrors,
} from './oauth2.ts'
export { paginate } from './paginate.ts'
export { baseUrlsWith, defineProfile, oauth2Of, type ProviderProfile, withInputs } from './profile.ts'
export {
  limit,
  type Resource,
  type ResourceKind,
  searched,
  type ToolLimit,
} from './resources.ts'
export { retryAfterSeconds } from './retry-after.ts'
export { apiOriginIn, standardTokens, type TokenSet } from './tokens.ts'
export {
  type CallOptions,
  segment,
  type Tool,
  type ToolHttp,
  tool,
} from './tool.ts'
export { type WordsByLocale, wordsOf } from './words.ts'
