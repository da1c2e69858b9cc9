import type { z } from 'zod'
import { AppError, type FieldError } from '#lib/errors'
import { assertStorable, assertStorableText } from './storable.ts'

const bodyBytesMax = 1024 * 1024

/** Zod's issues as `errors[]`: one entry per path, an unknown field named itself. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue): FieldError[] => {
    const path = issue.path.map(String).join('.')
    if (issue.code !== 'unrecognized_keys') return [{ path: path || '(body)', message: issue.message }]
    return issue.keys.map((key) => ({ path: path ? `${path}.${key}` : key, message: 'is not a known field' }))
  })
}

/** @throws AppError `invalid_request` with a path for each thing that does not fit */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  // What a page's form or address says comes by no other door.
  if (typeof value === 'object' && value !== null)
    for (const [name, text] of Object.entries(value))
      if (typeof text === 'string') assertStorableText(name, text)
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = fieldErrors(parsed.error)
  const first = errors[0]
  throw new AppError('invalid_request', {
    detail: `The ${what} does not fit: ${first?.path} ${first?.message}.`,
    ...(first && { param: first.path }),
    errors,
  })
}

/** Query parameters as an object; one that is given twice is an error, not a choice between the two. */
export function readQuery(url: URL): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(values, name)) {
      throw new AppError('invalid_request', {
        detail: `${name} is given twice.`,
        param: name,
        errors: [{ path: name, message: 'is given twice' }],
      })
    }
    assertStorableText(name, value)
    values[name] = value
  }
  return values
}

/**
 * The body as it came, for what is signed byte by byte.
 * @throws AppError `payload_too_large` as soon as more than `bytesMax` have come
 */
export async function readBytes(request: Request, bytesMax: number): Promise<Buffer> {
  const tooLarge = () =>
    new AppError('payload_too_large', { detail: `A body may be ${bytesMax / 1024} KiB at most.` })
  const announced = request.headers.get('content-length')
  if (Number(announced ?? 0) > bytesMax) throw tooLarge()
  if (announced !== null) {
    // HTTP ends the body there, so there is nothing to count: it is read at once, and not as a stream.
    const whole = Buffer.from(await request.arrayBuffer())
    if (whole.byteLength > bytesMax) throw tooLarge()
    return whole
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function readLimited(request: Request): Promise<string> {
  const bytes = await readBytes(request, bodyBytesMax)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new AppError('invalid_json', { detail: 'The body is not UTF-8.' })
  }
}

/**
 * The JSON body of a request; an absent one is `undefined`.
 * @throws AppError `unsupported_media_type`, `payload_too_large` or `invalid_json`
 */
export async function readJson(request: Request): Promise<unknown> {
  const text = await readLimited(request)
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (text === '' && type === undefined) return undefined
  if (type !== 'application/json') {
    throw new AppError('unsupported_media_type', { detail: 'Send the body as application/json.' })
  }
  return text === '' ? undefined : parseJson(text, 'body')
}

/** @throws AppError `invalid_json`; `invalid_request` for what could not be stored */
export function parseJson(text: string, what: string): unknown {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new AppError('invalid_json', { detail: `The ${what} is not valid JSON.` })
  }
  assertStorable(body, text)
  return body
}
