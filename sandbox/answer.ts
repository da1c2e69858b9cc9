import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { createGzip, gzipSync } from 'node:zlib'
import type { BodyFault } from './faults.ts'

export interface Reply {
  status: number
  headers?: Record<string, string>
  /** Sent as JSON; absent means an empty body. */
  body?: unknown
  /** Sent as they are, with the headers that say what they are, in place of a body. */
  bytes?: Buffer
}

/** Sends a JSON reply, spoilt on the way as the fault says. */
export function answer(res: ServerResponse, reply: Reply, fault: BodyFault | null = null): void {
  const text = reply.bytes ?? (reply.body === undefined ? '' : JSON.stringify(reply.body))
  const headers = { 'cache-control': 'no-store', ...reply.headers }
  switch (fault?.kind) {
    case 'redirect':
      res.writeHead(302, { ...headers, location: fault.location, 'content-length': 0 }).end()
      return
    case 'html':
      res.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' })
      res.end('<!doctype html><html lang="en"><title>Maintenance</title><p>Back soon.</p></html>')
      return
    case 'invalid_json':
      res
        .writeHead(reply.status, { ...headers, 'content-type': 'application/json' })
        .end('{"tasks": [{"id": ')
      return
    case 'huge':
      res.writeHead(reply.status, { ...headers, 'content-type': 'application/json' })
      void pour(res, fault.bytes)
      return
    case 'gzip_bomb':
      res.writeHead(reply.status, {
        ...headers,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      })
      // A reader that hangs up ends the pipeline: that is what a bomb is for.
      pipeline(Readable.from(zeros(fault.bytes)), createGzip(), res).catch(() => {})
      return
    case 'compressed':
      res.writeHead(reply.status, {
        ...headers,
        'content-type': 'application/json; charset=utf-8',
        'content-encoding': 'gzip',
      })
      res.end(gzipSync(text))
      return
    case 'slow':
      res.writeHead(reply.status, { ...headers, 'content-type': 'application/json' })
      void drip(res, Buffer.from(text.length === 0 ? '{}' : text), fault.ms)
      return
    case 'reset': {
      const bytes = Buffer.from(text.length === 0 ? '{}' : text)
      res.writeHead(reply.status, {
        ...headers,
        'content-type': 'application/json',
        'content-length': bytes.length,
      })
      // destroy, not resetAndDestroy: an RST could overtake the headers and the client would never see them.
      res.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => res.socket?.destroy())
      return
    }
    default:
      if (reply.bytes) {
        res.writeHead(reply.status, { ...headers, 'content-length': reply.bytes.length }).end(reply.bytes)
      } else if (reply.body === undefined) {
        res.writeHead(reply.status, headers).end()
      } else {
        res
          .writeHead(reply.status, { ...headers, 'content-type': 'application/json; charset=utf-8' })
          .end(text)
      }
  }
}

async function pour(res: ServerResponse, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const envelope = ['{"filler":"', '"}'] as const
  res.write(envelope[0])
  let left = Math.max(0, bytes - envelope[0].length - envelope[1].length)
  while (left > 0 && !res.destroyed) {
    const part = chunk.subarray(0, Math.min(left, chunk.length))
    left -= part.length
    if (res.write(part)) continue
    await new Promise<void>((resolve) => {
      const go = () => {
        res.off('drain', go)
        res.off('close', go)
        resolve()
      }
      res.once('drain', go)
      res.once('close', go)
    })
  }
  res.end(envelope[1])
}

/** JSON that is one long string: a thousandth of its size when compressed. */
function* zeros(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024, '0')
  yield Buffer.from('{"filler":"')
  for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length))
  yield Buffer.from('"}')
}

/** Sends the body a little at a time, so that it is complete after `ms`. */
async function drip(res: ServerResponse, bytes: Buffer, ms: number): Promise<void> {
  const pieces = Math.min(bytes.length, 20)
  for (let piece = 0; piece < pieces && !res.destroyed; piece++) {
    const at = (index: number) => Math.floor((bytes.length * index) / pieces)
    res.write(bytes.subarray(at(piece), at(piece + 1)))
    await delay(ms / pieces, undefined, { ref: false })
  }
  res.end()
}

export class BodyTooLarge extends Error {}

/** @throws BodyTooLarge beyond `limitBytes` */
export async function readText(req: IncomingMessage, limitBytes = 64 * 1024): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limitBytes) throw new BodyTooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Copies the body as it arrives without consuming it, so that whoever answers the request still reads it.
 * @param done called once, with at most the first 64 KB, when the body is complete
 */
export function tapBody(req: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = []
  let kept = 0
  const push = req.push.bind(req)
  req.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk === null) {
      done(Buffer.concat(chunks).toString('utf8'))
    } else if (kept < 64 * 1024) {
      kept += chunk.length
      chunks.push(chunk)
    }
    return push(chunk, encoding)
  }
}
