import { expect, test } from 'vitest'
import type { CallFacts } from '#lib/proof'
import { connectors } from '../../../connectors/registry.ts'
import { noUsage } from '../facts.ts'
import { beyondBounds, depthMax } from './bounds.ts'
import { check, loadCedar, modelFor, withCedar } from './compile.ts'
import { cedarEngine } from './judge.ts'

// One process judges for every org: what one of them writes must leave Cedar as it was for the others.

const facts: CallFacts = {
  caller: { type: 'api_key', id: 'key_1' },
  agent: null,
  actors: [],
  user: { id: 'ana', groups: [] },
  org: { id: 'acme', timezone: 'UTC' },
  account: 'ca_1',
  connector: 'sandbox',
  tool: 'sandbox.list_tasks',
  effect: 'read',
  risk: 'read',
  params: {},
  resources: [],
  email_domains: [],
  time: '2026-11-20T09:00:00.000Z',
  local: { date: '2026-11-20', weekday: 5, hour: 9, minute: 0, week_start: '2026-11-16T00:00:00.000Z' },
  ip: null,
  usage: noUsage,
}

const when = (condition: string) => `permit(principal, action, resource) when { ${condition} };`
const all = 'permit(principal, action, resource);'
const sane = () => withCedar((cedar) => check(cedar, all, modelFor(connectors)).problems)

const times = (text: string, n: number) => text.repeat(n)
const shapes: readonly [string, (n: number) => string][] = [
  ['brackets', (n) => when(`${times('(', n)}true${times(')', n)}`)],
  ['brackets behind a comment that ends early', (n) => when(`// \r${times('(', n)}\ntrue${times(')', n)}`)],
  ['brackets behind a text', (n) => when(`"\\"" == "(" && ${times('(', n)}true${times(')', n)}`)],
  ['denials', (n) => when(`${times('!(', n)}true${times(')', n)}`)],
  ['lists', (n) => when(`${times('[', n)}1${times(']', n)} == [1]`)],
  ['records', (n) => when(`${times('{a:', n)}1${times('}', n)} == {}`)],
  ['calls', (n) => when(`${times('ip(', n)}"1.1.1.1"${times(')', n)} == ip("1.1.1.1")`)],
  ['fields', (n) => when(`context${times('.a', n)} == 1`)],
  ['indices', (n) => when(`context${times('["a"]', n)} == 1`)],
  ['methods', (n) => when(`["a"]${times('.contains("a")', n)}`)],
  ['alternatives', (n) => when(`${times('context.tool == "a" || ', n)}true`)],
  ['conjunctions', (n) => when(`${times('true && ', n)}true`)],
  ['sums', (n) => when(`${times('1 + ', n)}1 > 0`)],
  ['conditions', (n) => when(`${times('if true then true else ', n)}true`)],
  ['conditions of conditions', (n) => when(`${times('if ', n)}true${times(' then true else true', n)}`)],
]

test.each(shapes)(
  'a policy of many %s in each other is refused where it is written, and Cedar goes on',
  async (_, of) => {
    for (const n of [depthMax + 1, 5_000]) {
      const source = `${all}\n${of(n)}`
      expect(beyondBounds(source)).toMatchObject({ severity: 'error', line: expect.any(Number) })
      const { problems } = await withCedar((cedar) => check(cedar, source, modelFor(connectors)))
      expect(problems).toHaveLength(1)
    }
    expect(await sane()).toEqual([])
  },
)

/** Grows a condition as deep as is let through, out of everything that makes one deeper. */
function deepest(pick: (n: number) => number): string {
  const layers: ((inner: string) => string)[] = [
    (inner) => `(${inner})`,
    (inner) => `!(${inner})`,
    (inner) => `[${inner}].contains(true)`,
    (inner) => `{a: ${inner}}.a`,
    (inner) => `${inner} && true`,
    (inner) => `true || ${inner}`,
    (inner) => `(${inner}) == (1 + 2 - 3 > 4)`,
    (inner) => `if ${inner} then ${inner.length < 40 ? inner : 'true'} else false`,
    (inner) => `(context.tool == "a" || context.user.groups.contains("b") || ${inner})`,
  ]
  let condition = 'true'
  for (;;) {
    const more = layers[pick(layers.length)]?.(condition) ?? ''
    if (beyondBounds(when(more))) return condition
    condition = more
  }
}

test('whatever is let through Cedar stands, however it is put together', { timeout: 60_000 }, async () => {
  let seed = 7
  const pick = (n: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % n
  }
  for (let round = 0; round < 60; round++) {
    const only = round < 9 ? () => round : pick
    const source = when(deepest(only))
    await withCedar((cedar) => {
      check(cedar, source, modelFor(connectors))
      cedar.preparsePolicySet('deep', { staticPolicies: source })
      cedar.statefulIsAuthorized({
        principal: { type: 'Product', id: 'k' },
        action: { type: 'Action', id: 'sandbox.list_tasks' },
        resource: { type: 'Account', id: 'a' },
        context: { tool: 'x', user: { groups: [] } },
        entities: [],
        preparsedPolicySetId: 'deep',
        validateRequest: false,
      })
    })
  }
})

test('a long row of alternatives keeps no list of tools from being made', async () => {
  const engine = cedarEngine(connectors)
  const names = (of: string) =>
    Array.from({ length: 150 }, (_, n) => `context.user.id == "${of}_${n}"`).join(' || ')
  const outlook = (id: string, source: string) =>
    engine.refusesAnyway({ id, number: 1, engine: 'cedar', source }, facts)
  expect(await outlook('row', `${all}\nforbid(principal, action, resource) when { ${names('u')} };`)).toBe(
    false,
  )
  expect(await outlook('permit', when(names('u')))).toBe(false)
  expect(await outlook('short', when('context.user.id == "u_7"'))).toBe(true)
})

test('a set of too many policies, or of none, has an error', async () => {
  const { problems } = await withCedar((cedar) => check(cedar, times(`${all}\n`, 201), modelFor(connectors)))
  expect(problems).toEqual([
    expect.objectContaining({ severity: 'error', message: expect.stringContaining('201') }),
  ])
  expect(await withCedar((cedar) => check(cedar, '// later', null).problems)).toMatchObject([
    { severity: 'error' },
  ])
})

test('a policy that people would write is not too deep', () => {
  const names = Array.from({ length: 150 }, (_, n) => `context.user.id == "u_${n}"`).join(' || ')
  expect(beyondBounds(when(names))).toBeNull()
  expect(
    beyondBounds(times(`${when('((context.local.hour >= 9) && (context.local.hour < 18))')}\n`, 200)),
  ).toBeNull()
})

test('a Cedar that broke off all the same is replaced before the next call', {
  timeout: 60_000,
}, async () => {
  const before = await loadCedar()
  const deep = when(`${times('(', 1_000)}true${times(')', 1_000)}`)
  await expect(withCedar((cedar) => cedar.policySetTextToParts(deep))).rejects.toMatchObject({
    code: 'unavailable',
  })
  expect(await loadCedar()).not.toBe(before)
  expect(await sane()).toEqual([])
})
