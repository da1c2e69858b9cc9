import { BehalfError } from './error.ts'
import { sentOf } from './request.ts'
import { type Call, type Once, parse, type Transport } from './transport.ts'
import type { Executed, ExecuteInput, PendingApproval } from './types.ts'

export type FileToSend = {
  name: string
  media_type: string
  bytes: Uint8Array<ArrayBuffer>
}

export type GivenFile = {
  name: string | null
  media_type: string
  execution_id: string | null
  /** Data of strangers. It fails where the file broke off: what ended without an error is whole. */
  body: ReadableStream<Uint8Array>
}

const octets = 'application/octet-stream'
/** As long as a file may take. */
const timeoutMs = 10 * 60_000

/** Calls a tool that takes a file; what is said of it goes into its param `file`. */
export async function upload(
  send: Transport,
  { params, ...input }: ExecuteInput,
  { bytes, name, media_type }: FileToSend,
  call: Once,
): Promise<Executed | PendingApproval> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const file = { name, media_type, size_bytes: bytes.byteLength, sha256 }
  const headers = {
    'content-type': octets,
    'behalf-call': inAscii({ ...input, params: { ...params, file } }),
  }
  const sent = { ...sentOf('executeTool', {}), headers, body: bytes }
  return send(
    sent,
    { timeoutMs, ...call },
    async (response) => parse(await response.text()) as Executed | PendingApproval,
  )
}

/**
 * Calls a tool that gives a file.
 * @throws BehalfError `conflict` where people have to approve it first: it is asked for again with `approval_id`
 */
export async function download(send: Transport, input: ExecuteInput, call: Call): Promise<GivenFile> {
  // What gives a file only reads, and its bytes are not kept for a repetition under a key.
  const sent = { ...sentOf('executeTool', { body: input }), again: 'safe' as const }
  const headers = { ...sent.headers, accept: octets }
  return send({ ...sent, headers }, { timeoutMs, ...call }, async (response) => {
    const { status, body } = response
    if (status === 202 || !body) {
      const detail = `no file, but ${status === 202 ? await response.text() : 'nothing'}`
      throw new BehalfError(status, { code: 'conflict', detail })
    }
    return {
      name: nameIn(response.headers.get('content-disposition') ?? ''),
      media_type: response.headers.get('content-type') ?? octets,
      execution_id: response.headers.get('behalf-execution-id'),
      body,
    }
  })
}

/** JSON as a header can carry it. */
const inAscii = (value: object): string =>
  JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** RFC 6266, of which Behalf writes both forms. */
function nameIn(disposition: string): string | null {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1]
  return extended ? decodeURIComponent(extended) : (/filename="([^"]*)"/i.exec(disposition)?.[1] ?? null)
}
