/**
 * What a provider's refusal means:
 * `dead` consent is gone · `expired_refresh` consent ran out · `interaction` the provider wants to see the person ·
 * `expired` the access token is over · `ambiguous` could be either · `config` our client is wrong · `transient` try
 * later · `rate_limited` · `permission` the token lacks a right · `conflict` what is there stands against it ·
 * `invalid` the call is wrong.
 */
export type ErrorClass =
  | 'dead'
  | 'expired_refresh'
  | 'interaction'
  | 'expired'
  | 'ambiguous'
  | 'config'
  | 'transient'
  | 'rate_limited'
  | 'permission'
  | 'not_found'
  | 'conflict'
  | 'invalid'

/** A provider's answer as it came. */
export type ProviderAnswer = {
  status: number
  headers: Pick<Headers, 'get'>
  /** The parsed JSON; `null` where the answer is none. */
  body: unknown
  text: string
}

/** Matches when all that it names is so; a rule that names nothing matches every refusal. */
export type ErrorRule = {
  /** The body carries one of these codes, wherever this provider puts them (`errorCodes`). */
  codes?: readonly string[]
  /** `error_subtype` or `suberror` is one of these. */
  subtypes?: readonly string[]
  /** The description, or a body of plain text, contains one of these; for providers that offer nothing firmer. */
  texts?: readonly string[]
  /** Each header is there, with this value where one is named. */
  headers?: Readonly<Record<string, string | true>>
  /** Named with a 2xx, a rule can find an error that the body's outer shape does not tell. */
  statuses?: readonly number[]
  is: ErrorClass
}

/** Rules of one endpoint, first match wins; those that read the body stand first, some providers fail with 200. */
export type ErrorRules = readonly ErrorRule[]

/** How an answer was read, with the code that decided, if a code did. */
export type Refusal = { is: ErrorClass; code: string | null }

type Fields = Readonly<Record<string, unknown>>
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {}
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** The error code in a provider's body, in the shapes that even with 200 mean failure; `null` where it reports success. */
export function errorCode(body: unknown): string | null {
  const fields = fieldsOf(body)
  if (typeof fields.error === 'string') return fields.error
  const nested = fieldsOf(fields.error)
  if (typeof nested.status === 'string') return nested.status
  if (typeof nested.code === 'string' || typeof nested.code === 'number') return String(nested.code)
  if (fields.ok === false) return 'unknown_error'
  return null
}

/** Every code that the body of a refusal may carry, in the shapes of the providers that we know. */
export function errorCodes(body: unknown): string[] {
  const one = (value: unknown): unknown[] => {
    const fields = fieldsOf(value)
    const error = fieldsOf(fields.error)
    return [
      // OAuth, Slack, GitHub: {error}; Google: {error:{status,code,errors:[{reason}]}}; Stripe: {error:{type,code}}
      fields.error,
      error.status,
      error.code,
      error.type,
      // Dropbox: {error:{.tag}}
      error['.tag'],
      ...listOf(error.errors).map((item) => fieldsOf(item).reason),
      // Microsoft: its AADSTS numbers, apart from the description that it forbids to parse.
      ...listOf(fields.error_codes).map((number) => `AADSTS${number}`),
      // Notion, Box, Zoom's API: {code}; Salesforce: [{errorCode}]; ClickUp: {ECODE}; monday: {error_code}
      fields.code,
      fields.errorCode,
      fields.ECODE,
      fields.error_code,
      // Zoom's token endpoint: {reason,error}, a number within the reason.
      ...(typeof fields.reason === 'string' ? (fields.reason.match(/\b\d{4}\b/g) ?? []) : []),
      // Intercom: {errors:[{code}]}; GraphQL: {errors:[{extensions:{code}}]}
      ...listOf(fields.errors).flatMap((item) => {
        const { code, reason, type, extensions } = fieldsOf(item)
        return [code, reason, fieldsOf(extensions).code, fieldsOf(extensions).type, type]
      }),
      // HubSpot: {status,message,category}
      fields.category,
      typeof fields.status === 'string' ? fields.status : null,
    ]
  }
  return [...one(body), ...listOf(body).flatMap(one)]
    .filter((code) => (typeof code === 'string' && code !== '') || typeof code === 'number')
    .map(String)
}

/** What a refusal says in words, for the rules that have nothing else to go by; never shown or kept. */
function wordsOf({ body, text }: ProviderAnswer): string {
  if (body === null) return text
  const fields = fieldsOf(body)
  const words = [
    fields.error_description,
    fields.message,
    fields.reason,
    fields.err,
    fieldsOf(fields.error).message,
    fields.errors,
    ...[...listOf(fields.errors), ...listOf(body)].map((item) => fieldsOf(item).message ?? item),
    typeof body === 'string' ? body : null,
  ]
  return words.filter((word) => typeof word === 'string').join('\n')
}

function matches(rule: ErrorRule, answer: ProviderAnswer, codes: readonly string[]): boolean {
  const { error_subtype, suberror } = fieldsOf(answer.body)
  const words = wordsOf(answer).toLowerCase()
  return (
    (rule.codes?.some((code) => codes.includes(code)) ?? true) &&
    (rule.subtypes?.some((subtype) => subtype === error_subtype || subtype === suberror) ?? true) &&
    (rule.texts?.some((text) => words.includes(text.toLowerCase())) ?? true) &&
    Object.entries(rule.headers ?? {}).every(([name, value]) =>
      value === true ? answer.headers.get(name) !== null : answer.headers.get(name) === value,
    ) &&
    (rule.statuses?.includes(answer.status) ?? true)
  )
}

function byStatus(status: number): ErrorClass {
  if (status === 401) return 'expired'
  if (status === 403) return 'permission'
  if (status === 404 || status === 410) return 'not_found'
  if (status === 409 || status === 412) return 'conflict'
  if (status === 429) return 'rate_limited'
  return status >= 500 ? 'transient' : 'invalid'
}

/** What GraphQL servers commonly call their errors, which all come with 200; a provider's own rules go first. */
export const graphqlRules: ErrorRules = [
  { codes: ['UNAUTHENTICATED', 'AUTHENTICATION_ERROR'], is: 'expired' },
  { codes: ['RATE_LIMITED', 'RATELIMITED', 'THROTTLED', 'MAX_COST_EXCEEDED'], is: 'rate_limited' },
  { codes: ['FORBIDDEN', 'ACCESS_DENIED', 'INSUFFICIENT_SCOPES'], is: 'permission' },
  { codes: ['NOT_FOUND'], is: 'not_found' },
  { codes: ['CONFLICT'], is: 'conflict' },
  { codes: ['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE', 'TIMEOUT'], is: 'transient' },
]

/**
 * Reads a provider's answer, body first and status second: 200 with an error in it is an error (Slack, GitHub).
 * @param isFailure whether something else than status and body's shape says that it failed
 * @returns `null` for success
 */
export function refusalOf(rules: ErrorRules, answer: ProviderAnswer, isFailure = false): Refusal | null {
  const { status, body } = answer
  const failed = isFailure || status >= 400 || errorCode(body) !== null
  const codes = errorCodes(body)
  const rule = rules.find(
    (candidate) => (failed || candidate.statuses?.includes(status)) && matches(candidate, answer, codes),
  )
  if (!failed && !rule) return null
  const decided = rule?.codes?.find((code) => codes.includes(code))
  return { is: rule?.is ?? byStatus(status), code: decided ?? codes[0] ?? errorCode(body) }
}

/** As `refusalOf`, its class alone. */
export const classify = (rules: ErrorRules, answer: ProviderAnswer): ErrorClass | null =>
  refusalOf(rules, answer)?.is ?? null
