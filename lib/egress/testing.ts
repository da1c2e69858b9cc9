import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createRawServer, type LookupFunction, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, expect } from 'vitest'
import { createEgress, type Egress, EgressError, type EgressRequest, parseAllow } from './index.ts'

/** Put inside every secret: it may come out nowhere. */
export const canary = 'kanarie7Yq2'
export const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

export function egressWith(allow: string, resolve?: LookupFunction): Egress {
  const egress = createEgress({ allow: parseAllow(allow), default: 'public', ...(resolve && { resolve }) })
  closers.push(() => egress.close())
  return egress
}

/** A raw listener: counts connections, and hands each to `serve` once the request's head has arrived. */
export async function listen(serve: (socket: Socket) => void, host = '127.0.0.1', port = 0) {
  const sockets = new Set<Socket>()
  const state = { connections: 0, closed: 0, received: '', port: 0 }
  const server = createRawServer((socket) => {
    state.connections += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      state.closed += 1
    })
    socket.on('data', (data) => {
      state.received += data
    })
    socket.once('data', () => serve(socket))
  })
  await new Promise<void>((done) => server.listen(port, host, done))
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>((done) => server.close(() => done()))
  })
  state.port = (server.address() as AddressInfo).port
  return state
}

export async function serve(handler: RequestListener) {
  const server = createServer(handler)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise<void>((done) => server.close(() => done()))
  })
  return (server.address() as AddressInfo).port
}

export const answerOk = (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')

/** The error of a failing call, checked to hold no canary however it is printed. */
export async function failure(call: Promise<unknown>): Promise<EgressError> {
  const error: unknown = await call.then(
    () => expect.fail('the call must not succeed'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof EgressError)) throw error
  expect(`${error.message}${error.stack}${inspect(error, { depth: 9, showHidden: true })}`).not.toContain(
    canary,
  )
  return error
}

export const call = (url: string, change: Partial<EgressRequest> = {}): EgressRequest => ({
  purpose: 'webhook',
  method: 'POST',
  url,
  headers: { authorization: `Bearer ${canary}` },
  body: canary,
  ...change,
})
export const local = 'webhook=127.0.0.1,provider=127.0.0.1'
