// A name server on loopback for tests: it answers from a table, over UDP as resolvers ask.
import { createSocket } from 'node:dgram'
import { type Answer, decode, encode } from 'dns-packet'

export type Zone = {
  /** By name, in lower case. What is in neither is answered as absent. */
  txt: Record<string, string[]>
  cname: Record<string, string>
  /** Names that are answered with a failure of the server's. */
  broken: Set<string>
}

export type DnsServer = {
  zone: Zone
  /** For `BEHALF_DNS_SERVER`. */
  address: string
  /** How many questions came. */
  asked: () => number
  stop: () => Promise<void>
}

const recursion = (1 << 8) | (1 << 7)
const nameError = 3
const serverFailure = 2

/** @param atPort any free one, unless the product was told of one before */
export async function startDnsServer(atPort = 0): Promise<DnsServer> {
  const zone: Zone = { txt: {}, cname: {}, broken: new Set() }
  let asked = 0
  const socket = createSocket('udp4')
  socket.on('message', (message, from) => {
    const { id, questions = [] } = decode(message)
    const [question] = questions
    if (!question) return
    asked++
    const name = question.name.toLowerCase()
    const { answers, known } = answersTo(zone, name, question.type)
    const code = zone.broken.has(name) ? serverFailure : known ? 0 : nameError
    const flags = recursion | code
    socket.send(
      encode({ type: 'response', ...(id !== undefined && { id }), flags, questions, answers }),
      from.port,
    )
  })
  await new Promise<void>((ready) => socket.bind(atPort, '127.0.0.1', ready))
  return {
    zone,
    address: `127.0.0.1:${socket.address().port}`,
    asked: () => asked,
    stop: () => new Promise<void>((done) => socket.close(() => done())),
  }
}

function answersTo(zone: Zone, name: string, type: string): { answers: Answer[]; known: boolean } {
  const alias = zone.cname[name]
  const texts = zone.txt[name]
  const ttl = 1
  const answers: Answer[] = []
  if (alias !== undefined) answers.push({ type: 'CNAME', name, ttl, data: alias })
  if (type === 'TXT') {
    // A record of several pieces, as long texts are kept.
    for (const text of texts ?? [])
      answers.push({ type: 'TXT', name, ttl, data: [text.slice(0, 10), text.slice(10)] })
  }
  return { answers, known: alias !== undefined || texts !== undefined }
}
