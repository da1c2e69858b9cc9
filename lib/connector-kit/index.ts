export {
  classify,
  type ErrorClass,
  type ErrorRules,
  errorCodes,
  graphqlRules,
  type ProviderAnswer,
  type Refusal,
  refusalOf,
} from './classify.ts'
export {
  type CredentialForm,
  credentialForm,
  type FormGrant,
  formTokenErrors,
} from './credential-form.ts'
export { cursorsOf } from './cursors.ts'
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
export { hashOf, schemasOf } from './definition.ts'
export {
  attachment,
  dispositionName,
  type FileSaid,
  fileField,
  fileSecondsMax,
  type GivenFile,
  givenFile,
  mediaTypeOf,
  safeFileName,
  type ToolFiles,
} from './files.ts'
export { type FormField, hostLabelIn, isHostLabel, kindFacts } from './form-field.ts'
export { gql, graphqlErrors } from './graphql.ts'
export { ifThere } from './if-there.ts'
export { listPage } from './list-page.ts'
export {
  oauth2,
  type ProviderAccount,
  type RevokeRequest,
  standardTokenErrors,
} from './oauth2.ts'
export { byCursor, byLink, byOffset, byPage, byToken, nextLink } from './page-forms.ts'
export { pages, paginate } from './paginate.ts'
export { baseUrlsWith, defineProfile, oauth2Of, type ProviderProfile, withInputs } from './profile.ts'
export { type RateScope, rateRefusal, usedUpSeconds } from './rates.ts'
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
  type Answered,
  type CallOptions,
  callSeconds,
  isRepeatable,
  NoSegment,
  type Reconciled,
  segment,
  type Tool,
  type ToolHttp,
  tool,
} from './tool.ts'
export { type WordsByLocale, wordsOf } from './words.ts'
