import { AppError } from '#lib/errors'
import { readBytes } from '#lib/http'

/** As of every other body of the API. */
const bodyBytesMax = 1024 * 1024

/** Revisions before 2025-06-18 send several messages at once. */
const batchMax = 20

/** The parts of a JSON-RPC message that are looked at before the SDK takes it; whatever else it is stays the SDK's. */
export type Message = {
  method: string | null
  id: string | number | null
  params: Readonly<Record<string, unknown>>
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function messageOf(value: unknown): Message {
  if (!isRecord(value)) throw new AppError('bad_request', { detail: 'A JSON-RPC message is an object.' })
  const { method, id, params } = value
  return {
    method: typeof method === 'string' ? method : null,
    id: typeof id === 'string' || typeof id === 'number' ? id : null,
    params: isRecord(params) ? params : {},
  }
}

/**
 * Reads a POST: its JSON as it came, and the messages in it.
 * @throws AppError `unsupported_media_type`, `payload_too_large`, `invalid_json`, `bad_request`
 */
export async function readMessages(request: Request): Promise<{ body: unknown; messages: Message[] }> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json')
    throw new AppError('unsupported_media_type', { detail: 'Send the message as application/json.' })
  const bytes = await readBytes(request, bodyBytesMax)
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new AppError('invalid_json', { detail: 'The message is not valid JSON.' })
  }
  if (!Array.isArray(body)) return { body, messages: [messageOf(body)] }
  if (body.length === 0 || body.length > batchMax)
    throw new AppError('bad_request', { detail: `Send 1 to ${batchMax} messages at once.` })
  return { body, messages: body.map(messageOf) }
}

/** Whether what a client says that it can do includes opening an address for its person (elicitation in URL mode). */
export function opensUrls(capabilities: unknown): boolean {
  const elicitation = isRecord(capabilities) ? capabilities.elicitation : undefined
  return isRecord(elicitation) && isRecord(elicitation.url)
}
