import { describe, expect, it } from 'vitest'
import { toStandardOutput } from './destination.ts'
import { createLog, levelFrom } from './logger.ts'
import { redact } from './redact.ts'
import { withTrace } from './trace.ts'

function capture() {
  const lines: string[] = []
  const log = createLog('trace', { write: (line) => void lines.push(line) })
  return {
    log,
    text: () => lines.join(''),
    last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}'),
  }
}

const canary = 'kanarie7Yq2'
const jwt = `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.${canary}`

describe('a secret never reaches a log line', () => {
  const keys = [
    ...[
      'authorization',
      'Authorization',
      'cookie',
      'set-cookie',
      'Set-Cookie',
      'token',
      'secret',
      'password',
    ],
    ...['code', 'verifier', 'code_verifier', 'access_token', 'accessToken', 'refresh_token', 'client_secret'],
    ...[
      'id_token',
      'idToken',
      'clientSecret',
      'session_token',
      'apiKey',
      'A_P-i_KEY',
      '-code',
      'co_de',
      'dpop',
    ],
  ]
  for (const key of keys) {
    it(`under the key ${key}, at any depth, whatever its type`, () => {
      const { log, text } = capture()
      log.info({ [key]: canary }, 'top')
      log.info({ a: { [key]: canary } }, 'two')
      log.info({ a: { b: { [key]: canary } } }, 'three')
      log.info({ a: [{ b: { c: { [key]: canary } } }] }, 'in a list')
      log.info({ [key]: [canary], a: { [key]: { value: canary } } }, 'as a list or an object')
      log.child({ a: { [key]: canary } }).info('as a binding of a child')
      expect(text()).not.toContain(canary)
      expect(text().trim().split('\n')).toHaveLength(6)
    })
  }

  const texts = [
    `bhf_sk_${canary}`,
    `bhf_cs_${canary}`,
    jwt,
    `Bearer ${canary}`,
    `authorization: DPoP ${canary}`,
    `Basic ${canary}==`,
    `https://app.example/callback?code=${canary}&state=s`,
    `grant_type=refresh_token&refresh_token=${canary}&client_secret=${canary}`,
    `ghp_${canary}${canary}`,
  ]
  for (const text of texts) {
    it(`in a message, an error, its cause, its stack or a value: ${text.replaceAll(canary, '…')}`, () => {
      const { log, text: written } = capture()
      const failure = new Error(`upstream said ${text}`, { cause: new Error(text) })
      log.info(`saw ${text}`)
      log.info('saw %s', text)
      log.error(failure)
      log.error({ err: failure, note: text, [text]: 1 }, 'failed')
      log.child({ note: text }).info('child')
      expect(written()).not.toContain(canary)
      expect(redact(text)).toContain('[redacted]')
    })
  }

  it('past the deepest level that is looked into', () => {
    const { log, text } = capture()
    let nested: unknown = { note: canary }
    for (let level = 0; level < 12; level += 1) nested = { nested }
    log.info({ nested })
    expect(text()).not.toContain(canary)
  })
})

describe('what is no secret stays readable', () => {
  it('keeps error codes, flags and ordinary words', () => {
    const { log, last } = capture()
    const failure = Object.assign(new Error('deadlock'), { code: '40P01' })
    log.info({ code: 'not_found', status: 404, has_token: true, err: failure }, 'basic authentication is off')
    expect(last()).toMatchObject({
      code: 'not_found',
      status: 404,
      has_token: true,
      err: { code: '40P01', message: 'deadlock' },
      msg: 'basic authentication is off',
      level: 'info',
    })
  })

  it('names which kind of key was masked', () => {
    expect(redact(`used bhf_sk_${canary} today`)).toBe('used bhf_sk_[redacted] today')
  })
})

describe('a line written within a trace', () => {
  it('carries what is known of the caller, and nothing outside the trace', () => {
    const { log, last } = capture()
    withTrace({ traceId: 'a'.repeat(32), orgId: 'org_1', agentId: 'agt_1' }, () => {
      withTrace({ toolName: 'github.create_issue' }, () => log.child({ stage: 'dispatch' }).info('inside'))
    })
    expect(last()).toMatchObject({
      trace_id: 'a'.repeat(32),
      org_id: 'org_1',
      agent_id: 'agt_1',
      tool_name: 'github.create_issue',
      stage: 'dispatch',
    })
    expect(last()).not.toHaveProperty('user_id')
    log.info('outside')
    expect(last()).not.toHaveProperty('trace_id')
  })

  it('keeps concurrent traces apart across awaits', async () => {
    const { log, text } = capture()
    const work = (orgId: string) =>
      withTrace({ orgId }, async () => {
        await new Promise((resolve) => setImmediate(resolve))
        log.info({ expected: orgId }, 'after')
      })
    await Promise.all(Array.from({ length: 20 }, (_, index) => work(`org_${index}`)))
    const lines = text().trim().split('\n')
    expect(lines).toHaveLength(20)
    for (const line of lines) {
      const { expected, org_id } = JSON.parse(line)
      expect(org_id).toBe(expected)
    }
  })
})

describe('the level', () => {
  it('is info by default, silent under Vitest, and LOG_LEVEL where set', () => {
    expect(levelFrom({})).toBe('info')
    expect(levelFrom({ VITEST: 'true' })).toBe('silent')
    expect(levelFrom({ VITEST: 'true', LOG_LEVEL: 'debug' })).toBe('debug')
  })

  it('refuses an unknown LOG_LEVEL by its name', () => {
    expect(() => levelFrom({ LOG_LEVEL: 'loud' })).toThrow(/^LOG_LEVEL must be one of/)
  })
})

it('lines of one turn of the loop go out in one write, in their order, and none waits for another turn', async () => {
  const writes: string[] = []
  const log = createLog(
    'info',
    toStandardOutput((text) => void writes.push(text)),
  )
  for (const n of [1, 2, 3]) log.info({ n })
  expect(writes).toEqual([])
  await new Promise((done) => setImmediate(done))
  expect(writes).toHaveLength(1)
  expect(writes[0]?.match(/"n":\d/g)).toEqual(['"n":1', '"n":2', '"n":3'])
  log.info({ n: 4 })
  await new Promise((done) => setImmediate(done))
  expect(writes).toHaveLength(2)
})
