import { type AppError, toAppError } from '#lib/errors'

/** RFC 7644 §3.12, table 9. */
type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'

export const mediaType = 'application/scim+json'
const schema = 'urn:ietf:params:scim:api:messages:2.0:Error'

/** An error that SCIM has a word for. Its text is for the client. */
export class ScimError extends Error {
  readonly status: number
  readonly scimType: ScimType | null

  constructor(status: number, scimType: ScimType | null, detail: string) {
    super(detail)
    this.status = status
    this.scimType = scimType
  }
}

export const invalidValue = (detail: string) => new ScimError(400, 'invalidValue', detail)
export const notThere = () => new ScimError(404, null, 'There is no such resource.')
export const taken = (detail: string) => new ScimError(409, 'uniqueness', detail)

/** An answer of SCIM's media type that no cache keeps. */
export const answerOf = (
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response =>
  new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(status !== 204 && { 'content-type': mediaType }),
      ...headers,
    },
  })

/** RFC 7644 §3.12 for anything thrown: the text of an unknown error stays here. */
export function errorAnswer(thrown: unknown): Response {
  if (thrown instanceof ScimError) {
    const { status, scimType, message } = thrown
    return answerOf(
      { schemas: [schema], status: String(status), ...(scimType && { scimType }), detail: message },
      status,
    )
  }
  return problemAnswer(toAppError(thrown))
}

/** One of our own errors, as SCIM writes them. */
export function problemAnswer({ status, code, message, headers }: AppError): Response {
  const scimType =
    code === 'invalid_json' ? 'invalidSyntax' : code === 'invalid_request' ? 'invalidValue' : undefined
  return answerOf(
    { schemas: [schema], status: String(status), ...(scimType && { scimType }), detail: message },
    status,
    headers,
  )
}
