import { AppError } from '#lib/errors'
import { parseJson } from './read-request.ts'

const header = 'behalf-call'
const type = 'application/octet-stream'

const typeOf = (text: string): string => text.split(';')[0]?.trim().toLowerCase() ?? ''

/** Whether the body of a request is a file, and its call stands in a header. */
export const carriesFile = ({ headers }: Request): boolean => headers.has(header)

/**
 * The call that stands in a header, as JSON in ASCII.
 * @throws AppError `unsupported_media_type`, `invalid_json`
 */
export function readCallHeader({ headers }: Request): unknown {
  if (typeOf(headers.get('content-type') ?? '') !== type)
    throw new AppError('unsupported_media_type', { detail: `Send the file as ${type}.` })
  const call = headers.get(header) ?? ''
  // Octets beyond ASCII mean one thing to one and another to the next (RFC 9110 §5.5).
  if (!/^[\t\x20-\x7e]*$/.test(call))
    throw new AppError('invalid_json', {
      detail: 'Behalf-Call is JSON in ASCII: write \\uXXXX for the rest.',
    })
  return parseJson(call, 'header Behalf-Call')
}

/** The body of a request that is a file, unread; `null` where it carries none. */
export function fileOf(request: Request): { body: Request['body']; bytes: number | null } | null {
  if (!carriesFile(request)) return null
  const said = request.headers.get('content-length')
  return { body: request.body, bytes: said === null ? null : Number(said) }
}

/** Whether the answer may be a file: it is asked for by name, so that nobody is given one who counts on JSON. */
export const acceptsFile = ({ headers }: Request): boolean =>
  (headers.get('accept') ?? '')
    .split(',')
    .some((range) => typeOf(range) === type && !/;\s*q\s*=\s*0(\.0*)?\s*(;|$)/i.test(range))
