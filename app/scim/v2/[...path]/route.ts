import { AppError } from '#lib/errors'
import { parseJson, readBytes, traced } from '#lib/http'
import { mediaType, problemAnswer } from '#lib/scim'
import { scim, scimCaller } from '#runtime'

export const dynamic = 'force-dynamic'

const bodyBytesMax = 256 * 1024

/** @throws AppError `unsupported_media_type`, `payload_too_large` or `invalid_json` */
async function bodyOf(request: Request): Promise<unknown> {
  if (request.method === 'GET' || request.method === 'DELETE') return undefined
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== mediaType && type !== 'application/json')
    throw new AppError('unsupported_media_type', { detail: `Send the body as ${mediaType}.` })
  const bytes = await readBytes(request, bodyBytesMax)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new AppError('invalid_json', { detail: 'The body is not UTF-8.' })
  }
  return parseJson(text, 'body')
}

/** SCIM 2.0 (RFC 7644): authenticates before anything of the request is read. */
const handle = (request: Request): Promise<Response> =>
  traced(
    request,
    '/scim/v2/[...path]',
    async (origin) => {
      const caller = await scimCaller(request.headers)
      const { pathname, searchParams } = new URL(request.url)
      const path = pathname.split('/').slice(3).filter(Boolean).map(decoded)
      return scim.answer(
        caller,
        { method: request.method, path, query: searchParams, body: await bodyOf(request) },
        origin,
      )
    },
    problemAnswer,
  )

/** What is no UTF-8 names nothing. */
const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT }
