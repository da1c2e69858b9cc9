import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { closers, egressWith, failure } from './testing.ts'

const target = (port: number, host = '127.0.0.1') =>
  ({ purpose: 'siem', host, port, deadlineMs: 500 }) as const

async function silent(): Promise<{ port: number; connections: () => number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on('error', () => {})
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(() => void server.close())
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

test('a private host is reached under TLS only where a rule of that very purpose names it', async () => {
  const { port, connections } = await silent()
  for (const allow of ['', 'mail=127.0.0.1', 'siem=127.0.0.2'])
    expect(await failure(egressWith(allow).tls(target(port)))).toMatchObject({ kind: 'refused' })
  expect(connections()).toBe(0)
})

test('a host that says nothing is given up in time, and one that speaks no TLS is no host', async () => {
  const { port } = await silent()
  expect(await failure(egressWith('siem=127.0.0.1').tls(target(port)))).toMatchObject({ kind: 'timeout' })
  const plain = createServer((socket) => {
    socket.on('error', () => {})
    socket.end('220 hello\r\n')
  })
  await new Promise<void>((done) => plain.listen(0, '127.0.0.1', done))
  closers.push(() => void plain.close())
  const answer = await failure(
    egressWith('siem=127.0.0.1').tls(target((plain.address() as AddressInfo).port)),
  )
  expect(answer.requestSent).toBe(false)
})
