import { describe, expect, it } from 'vitest'
import { type Limits, limits, type Source, sessionStream } from './stream.ts'

const slow: Limits = { ...limits, heartbeatMs: 60_000, lookAgainMs: 60_000, lifeMs: 60_000 }

/** A session whose state the test moves on. */
function source(states: string[] = ['open']) {
  const looks = new Set<() => void>()
  const leaving = new AbortController()
  let reads = 0
  const given: Source = {
    read: async () => {
      const status = states[Math.min(reads++, states.length - 1)] ?? 'open'
      if (status === 'busy') throw new Error('busy')
      if (status === 'gone') throw new Error('gone')
      return { told: { status, outcome: null }, held: { handle: 'h', resume: 'r' } }
    },
    watch: (look) => {
      looks.add(look)
      return () => void looks.delete(look)
    },
    passing: (error) => (error as Error).message === 'busy',
    signal: leaving.signal,
  }
  return { given, look: () => [...looks].map((each) => each()), looks, leave: () => leaving.abort() }
}

let sessions = 0
const fresh = () => `cs_${sessions++}`

/** Reads frames as they come. */
function frames(stream: ReadableStream<Uint8Array<ArrayBuffer>> | null) {
  const reader = stream?.pipeThrough(new TextDecoderStream()).getReader()
  return {
    next: async () => (await reader?.read())?.value,
    rest: async () => {
      let text = ''
      for (;;) {
        const part = await reader?.read()
        if (!part || part.done) return text
        text += part.value
      }
    },
  }
}

describe('the event stream of a session', () => {
  it('says at once how far the session is, then each change, and ends with the session', async () => {
    const { given, look, looks } = source(['open', 'authorizing', 'authorizing', 'completed'])
    const read = frames(sessionStream(fresh(), given, slow))
    expect(await read.next()).toContain('event: held\ndata: {"handle":"h","resume":"r"}\n\n')
    expect(await read.next()).toContain('"status":"open"')
    look()
    expect(await read.next()).toContain('"status":"authorizing"')
    look()
    // Looked while it looks: read once more, after.
    look()
    expect(await read.rest()).toBe('event: session\ndata: {"status":"completed","outcome":null}\n\n')
    expect(looks.size).toBe(0)
  })

  it('keeps quiet connections open, and looks by itself where no notice comes', async () => {
    const { given } = source(['open', 'declined'])
    const read = frames(sessionStream(fresh(), given, { ...slow, heartbeatMs: 5, lookAgainMs: 40 }))
    const text = await read.rest()
    expect(text).toContain(': still here\n\n')
    expect(text).toContain('"declined"')
  })

  it('survives what passes, and ends when the bearer is good no more', async () => {
    const { given, look } = source(['open', 'busy', 'authorizing', 'gone'])
    const read = frames(sessionStream(fresh(), given, slow))
    await read.next()
    await read.next()
    look()
    look()
    expect(await read.next()).toContain('authorizing')
    look()
    expect(await read.rest()).toBe('')
  })

  it('ends after its time, so that what a tab keeps is renewed', async () => {
    const { given, looks } = source()
    expect(await frames(sessionStream(fresh(), given, { ...slow, lifeMs: 20 })).rest()).toContain('held')
    expect(looks.size).toBe(0)
  })

  it('lets the oldest of too many go, and refuses beyond what the process will hold', async () => {
    const session = fresh()
    const bounds = { ...slow, perSession: 2, most: 3 }
    const open = [source(), source(), source()]
    const streams = open.map(({ given }) => sessionStream(session, given, bounds))
    await frames(streams[0] ?? null).rest()
    expect(open.map(({ looks }) => looks.size)).toEqual([0, 1, 1])
    const other = source()
    const third = sessionStream(fresh(), other.given, bounds)
    expect(third).not.toBeNull()
    expect(sessionStream(fresh(), source().given, bounds)).toBeNull()
    for (const each of [...open, other]) each.leave()
    expect(sessionStream(session, source(['failed']).given, bounds)).not.toBeNull()
  })

  it('ends when the process is told to stop', async () => {
    const { given, looks } = source()
    const before = process.listenerCount('SIGTERM')
    const read = frames(sessionStream(fresh(), given, slow))
    expect(process.listenerCount('SIGTERM')).toBeGreaterThanOrEqual(1)
    process.emit('SIGTERM', 'SIGTERM')
    await read.rest()
    expect(looks.size).toBe(0)
    expect(process.listenerCount('SIGTERM')).toBeLessThanOrEqual(before)
  })
})
