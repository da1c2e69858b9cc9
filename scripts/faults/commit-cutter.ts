// A wire to Postgres that breaks at the one moment when nobody can tell what became of a transaction: at its COMMIT.
import { createServer, connect as dial, type Socket } from 'node:net'

export type Cut = 'before' | 'after'

const commit = Buffer.from('COMMIT\0')
/** The server's last word on a transaction that it was to commit. */
const lastWords = [commit, Buffer.from('ROLLBACK\0')]

/**
 * Listens on a port of its own and passes everything on, but cuts connections at the COMMIT of a marked transaction
 * as long as `cuts` has entries: `before` the server sees it, or `after` it has answered and nobody has heard.
 */
export async function startCommitCutter(databaseUrl: string) {
  const target = new URL(databaseUrl)
  const cuts: Cut[] = []
  let mark = ''
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    const upstream = dial(Number(target.port), target.hostname)
    let armed = false
    let deaf = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (bytes) => {
      if (cuts.length > 0 && bytes.includes(mark)) armed = true
      if (armed && bytes.includes(commit)) {
        armed = false
        const cut = cuts.shift()
        if (cut === 'before') return void client.destroy()
        deaf = cut === 'after'
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (!deaf) client.write(bytes)
      // What was sent before it may be answered before it.
      else if (lastWords.some((word) => bytes.includes(word))) client.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(databaseUrl)
  url.port = String(typeof address === 'object' && address ? address.port : 0)

  return {
    url: url.href,
    /**
     * What is to be cut from now on, in this order, instead of what is left of earlier orders.
     * @param at a statement's text or name, which makes a transaction one whose end is worth being in doubt about
     */
    cut(at: string, order: readonly Cut[]): void {
      mark = at
      cuts.splice(0, cuts.length, ...order)
    },
    /** How many are still to be cut. */
    left: () => cuts.length,
    stop: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
