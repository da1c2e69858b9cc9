import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type Practice, rootKey, startPractice } from '../../../../../scripts/testing/practice.ts'

/** JSON as a header can carry it. */
export const inAscii = (call: object): string =>
  JSON.stringify(call).replaceAll(
    /[\u0080-\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

export type FilesAtHand = Awaited<ReturnType<typeof startFiles>>

/** The route of tool calls as a caller reaches it: over HTTP, by the front that serves it in production. */
export async function startFiles() {
  const practice: Practice = await startPractice()
  const { POST } = await import('./route.ts')
  const listener = getRequestListener((request) => POST(request, { params: Promise.resolve({}) }), {
    overrideGlobalObjects: false,
  })
  const server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/tools/execute`
  const authorization = `Bearer ${rootKey}`

  const json = (call: object, headers: Record<string, string> = {}, signal?: AbortSignal) =>
    fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(call),
      ...(signal && { signal }),
    })
  return {
    practice,
    url,
    authorization,
    json,
    /** Asks for a file. */
    ask: (call: object, headers: Record<string, string> = {}, signal?: AbortSignal) =>
      json(call, { accept: 'application/octet-stream', ...headers }, signal),
    /** Sends a file with its call. */
    send: (call: object, body: BodyInit | null, headers: Record<string, string> = {}, signal?: AbortSignal) =>
      fetch(url, {
        method: 'POST',
        headers: {
          authorization,
          'content-type': 'application/octet-stream',
          'behalf-call': inAscii(call),
          ...headers,
        },
        body,
        ...(body instanceof ReadableStream && { duplex: 'half' }),
        ...(signal && { signal }),
      }),
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await practice.stop()
    },
  }
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A file, with what a call says of it. */
export function fileOf(bytes: Uint8Array<ArrayBuffer>, name = 'plan.bin', media_type = 'application/x-plan') {
  return { bytes, said: { name, media_type, size_bytes: bytes.byteLength, sha256: sha256(bytes) } }
}
export const random = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(size))
