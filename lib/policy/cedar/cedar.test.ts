import { expect, test } from 'vitest'
import { z } from 'zod'
import { tool } from '#lib/connector-kit'
import type { CallFacts } from '#lib/proof'
import { noUsage } from '../facts.ts'
import { check, loadCedar, modelFor, readsUsage } from './compile.ts'
import { cedarEngine } from './judge.ts'

const never = async () => ({})
const transfer = tool({
  name: 'bank.transfer',
  title: 'Transfer',
  description: '',
  scopes: [],
  effect: 'send',
  idempotent: false,
  input: z.strictObject({ amount: z.number(), to: z.string(), memo: z.string().optional() }),
  output: z.object({}),
  run: never,
})
const balance = tool({
  ...transfer,
  name: 'bank.get_balance',
  effect: 'read',
  input: z.strictObject({}),
  run: never,
})
const catalogue = {
  bank: {
    id: 'bank',
    name: 'Bank',
    scopes: {},
    resources: {},
    tools: { [transfer.name]: transfer, [balance.name]: balance },
  },
}

const factsBase: CallFacts = {
  caller: { type: 'agent', id: 'ag_1' },
  agent: { id: 'ag_1', name: 'Mira', owner: null, purpose: null, team: 'ops', environment: 'production' },
  actors: ['ag_1'],
  user: { id: 'u_1', groups: ['finance'] },
  org: { id: 'acme', timezone: 'Europe/Berlin' },
  account: 'ca_1',
  connector: 'bank',
  tool: 'bank.transfer',
  effect: 'send',
  risk: 'send',
  params: { amount: 100, to: 'DE1' },
  resources: [{ kind: 'ledger', id: 'main' }],
  email_domains: ['acme.test'],
  time: '2026-11-20T09:00:00.000Z',
  local: { date: '2026-11-20', weekday: 5, hour: 10, minute: 0, week_start: '2026-11-15T23:00:00.000Z' },
  ip: '192.0.2.7',
  usage: noUsage,
}
const engine = cedarEngine(catalogue)
let made = 0
const judge = (source: string, facts: Partial<CallFacts> = {}) =>
  engine.judge({ id: `test-${++made}`, number: 3, engine: 'cedar', source }, { ...factsBase, ...facts })
const decided = async (source: string, facts: Partial<CallFacts> = {}) => {
  const { decision } = await judge(source, facts)
  return [decision.decision, ...decision.policyIds]
}
const problems = async (source: string) => {
  const cedar = await loadCedar()
  return check(cedar, source, modelFor(catalogue)).problems
}

const all = 'permit(principal, action, resource);'

test('a set permits what it says, and one that says nothing permits nothing', async () => {
  expect(await decided('// later')).toEqual(['deny', 'v3:unjudged'])
  expect(await decided(all)).toEqual(['allow', 'v3:policy0'])
  expect(await decided('permit(principal, action == Action::"bank.get_balance", resource);')).toEqual([
    'deny',
    'v3:default',
  ])
})

test.each([
  ['the agent', 'principal == Agent::"ag_1"'],
  ['its team', 'principal in Team::"ops"'],
  [
    'its environment',
    'principal is Agent && principal has environment && principal.environment == "production"',
  ],
  ['the tool', 'action == Action::"bank.transfer"'],
  ['the connector', 'action in Action::"connector:bank"'],
  ['the effect', 'action in Action::"effect:send"'],
  ['the account', 'resource == Account::"ca_1"'],
  ["the account's connector", 'resource in Connector::"bank"'],
  ['the group of its user', 'resource.user in Group::"finance"'],
  ['the group, from the context', 'context.user.groups.contains("finance")'],
  ['the agents that it went through', 'context.actors.contains("ag_1") && !context.delegated'],
  ['the org', 'context.org.id == "acme"'],
  ['the risk', 'context.risk == "send"'],
  ['what it touches', 'context.resources.contains({kind: "ledger", id: "main"})'],
  ['who hears of it', 'context.email_domains.contains("acme.test")'],
  ['the time', 'context.time > datetime("2026-11-20T08:59:00Z")'],
  ['the clocks there', 'context.local.hour == 10 && context.local.weekday == 5'],
  ['this week', 'context.local.week_start == datetime("2026-11-15T23:00:00Z")'],
  ['the address', 'context has ip && context.ip.isInRange(ip("192.0.2.0/24"))'],
  ['the count', 'context.usage.last_hour == 0'],
])('a policy can speak of %s', async (_, condition) => {
  expect(
    await decided(`${all} @id("no") forbid(principal, action, resource) when { ${condition} };`),
  ).toEqual(['deny', 'v3:no'])
  expect(
    await decided(`${all} @id("no") forbid(principal, action, resource) unless { ${condition} };`),
  ).toEqual(['allow', 'v3:policy0'])
  expect(await problems(`forbid(principal, action, resource) when { ${condition} };`)).toEqual([
    expect.objectContaining({ severity: 'warning', message: 'nothing is permitted' }),
  ])
})

const limit = `${all}
@id("limit") @reason("Over 100 needs a person.")
forbid(principal, action == Action::"bank.transfer", resource)
when { context.params.amount.greaterThan(decimal("100.0")) };`

test.each([
  [99.99, 'allow'],
  [100, 'allow'],
  [100.000001, 'deny'],
  [1e18, 'deny'],
])('a transfer of %d under a limit of 100: %s', async (amount, expected) => {
  expect(await problems(limit)).toEqual([])
  const { decision, reason } = await judge(limit, { params: { amount, to: 'x' } })
  expect(decision.decision).toBe(expected)
  expect(reason).toBe(expected === 'deny' ? 'Over 100 needs a person.' : null)
})

test('asks as the most careful permit says, masks what any of them masks', async () => {
  const { decision } = await judge(`${all}
    @id("two") @decision("ask") @quorum("2") @expires_in("3600") @mask("phone,email")
    permit(principal, action in Action::"effect:send", resource);
    @id("one") @decision("ask") @expires_in("600") @mask("email") permit(principal is Agent, action, resource);`)
  expect(decision).toEqual({
    engine: 'cedar',
    decision: 'ask',
    policyIds: ['v3:one', 'v3:policy0', 'v3:two'],
    masks: ['email', 'phone'],
    approval: { quorum: 2, expires_in_seconds: 600 },
  })
  const read = { tool: 'bank.get_balance', effect: 'read', params: {}, agent: null }
  expect(
    await decided(`${all} @decision("ask") permit(principal is Agent, action, resource);`, read),
  ).toEqual(['allow', 'v3:policy0'])
  expect(
    await decided(`${all} @decision("ask") permit(principal, action, resource);
    forbid(principal, action, resource);`),
  ).toEqual(['deny', 'v3:policy2'])
})

test('tells the policies of a long set apart by their places', async () => {
  const set = Array.from(
    { length: 12 },
    (_, n) => `@id("n${n}") forbid(principal, action, resource) when { context.local.hour == ${n} };`,
  ).join('\n')
  expect(await decided(`${set}\n${all}`)).toEqual(['deny', 'v3:n10'])
})

test('a forbid that cannot be evaluated forbids; what has not the shape of its tool is denied', async () => {
  const overflow = `${all} @id("sum") forbid(principal, action, resource)
    when { context.local.hour * 9223372036854775807 == 7 };`
  expect(await judge(overflow)).toMatchObject({
    decision: { decision: 'deny', policyIds: ['v3:sum'] },
    problem: expect.stringContaining('overflow'),
  })
  expect(await judge(limit, { params: { amount: '7', to: 'x' } })).toMatchObject({
    decision: { decision: 'deny', policyIds: ['v3:unjudged'] },
    problem: 'is not a number',
  })
  expect(await judge(all, { tool: 'bank.gone' })).toMatchObject({ decision: { decision: 'deny' } })
  const byAddress = `${all} forbid(principal, action, resource) when { context has ip && context.ip.isIpv6() };`
  expect(await judge(byAddress, { ip: 'nowhere' })).toMatchObject({ decision: { decision: 'deny' } })
})

test.each([
  ['permit(principal, action, resource)\nwhen { context.risk === "x" };', 2, 'unexpected token'],
  [`${all}\npermit(principal, action == Action::"bank.transfr", resource);`, 2, 'Action::"bank.transfr"'],
  [`${all}\n// é\n  permit(principal, action, resource) when { context.parms };`, 3, 'parms'],
  [
    `${all}\nforbid(principal, action == Action::"bank.transfer", resource) when { context.params.amount > 3 };`,
    2,
    'decimal',
  ],
  [
    `${all}\nforbid(principal, action == Action::"bank.transfer", resource) when { context.params.memo == "x" };`,
    2,
    'memo',
  ],
  [`${all}\n@decision("maybe") permit(principal, action, resource);`, 2, '@decision("maybe")'],
  [`${all}\n@decision("ask") @quorum("0") permit(principal, action, resource);`, 2, '@quorum("0")'],
  [`${all}\n@quorum("2") permit(principal, action, resource);`, 2, '@quorum needs'],
  [`${all}\n@mask("email") forbid(principal, action, resource);`, 2, '@mask has no place'],
  [`${all}\n@deny permit(principal, action, resource);`, 2, '@deny'],
  [`@id("a") ${all}\n@id("a") forbid(principal, action, resource);`, 2, 'two policies'],
  [`${all}\npermit(principal == ?principal, action, resource);`, 2, 'templates'],
])('%j is refused with its line and what to do', async (source, line, message) => {
  const [first] = (await problems(source)).filter(({ severity }) => severity === 'error')
  expect(first).toMatchObject({ line, message: expect.stringContaining(message) })
  expect(first?.column).toBeGreaterThan(0)
})

test('a user whom a policy names is in their groups', async () => {
  const named = `${all} @id("named") forbid(principal, action, resource)
    when { context.user.id == "u_1" && User::"u_1" in Group::"finance" };`
  expect(await decided(named)).toEqual(['deny', 'v3:named'])
  expect(await decided(named, { user: { id: 'u_1', groups: [] } })).toEqual(['allow', 'v3:policy0'])
})

test('knows whether a set asks how often something was called', async () => {
  const cedar = await loadCedar()
  expect(readsUsage(check(cedar, limit, null))).toBe(false)
  const counted = `${all} forbid(principal, action, resource) when { context.usage.last_day > 5 };`
  expect(readsUsage(check(cedar, counted, null))).toBe(true)
  const tested = `${all} forbid(principal, action, resource) when { context has usage.last_day };`
  expect(readsUsage(check(cedar, tested, null))).toBe(true)
  const whole = `${all} forbid(principal, action, resource) when { context == {} };`
  expect(readsUsage(check(cedar, whole, null))).toBe(true)
})

test('holds each of very many sets apart, though Cedar keeps only some', { timeout: 30_000 }, async () => {
  const version = (n: number) => ({
    id: `many-${n}`,
    number: n,
    engine: 'cedar' as const,
    source: n % 2 ? all : `forbid(principal, action, resource);`,
  })
  for (let n = 0; n < 550; n++) {
    const { decision } = await engine.judge(version(n), factsBase)
    expect([n, decision.decision]).toEqual([n, n % 2 ? 'allow' : 'deny'])
  }
  const answers = await Promise.all(
    Array.from({ length: 550 }, (_, n) => engine.judge(version(n), factsBase)),
  )
  expect(answers.map(({ decision }) => decision.decision === 'allow')).toEqual(
    answers.map((_, n) => n % 2 === 1),
  )
})

test('holds large sets apart, though Cedar keeps only as many letters', async () => {
  const filling = `// ${'x'.repeat(60_000)}\n`
  for (const round of [1, 2]) {
    for (let n = 0; n < 75; n++) {
      const source = `${filling}${n % 2 ? all : 'forbid(principal, action, resource);'}`
      const { decision } = await engine.judge(
        { id: `large-${n}`, number: n, engine: 'cedar', source },
        factsBase,
      )
      expect([round, n, decision.decision]).toEqual([round, n, n % 2 ? 'allow' : 'deny'])
    }
  }
})

test.each([
  ['an attribute', 'context.risk == "send"', ['risk*']],
  ['a field of the params', 'context.params.amount.lessThan(decimal("1.0"))', ['params.amount']],
  [
    'a field that is tested for',
    'context.params has memo && context.params.memo like "*x*"',
    ['params.memo'],
  ],
  ['an attribute that is tested for', 'context has ip', ['ip']],
  ['a record as a whole', 'context.params == context.params', ['params*']],
  [
    'within other expressions',
    '[context.tool].contains(if context.local.hour > 3 then "a" else "b")',
    ['local.hour', 'tool*'],
  ],
  ['everything', 'context == {}', ['everything']],
  ['nothing', 'principal is Agent', []],
])('knows what a policy reads of a call: %s', async (_, condition, expected) => {
  const { reads } = check(
    await loadCedar(),
    `permit(principal, action, resource) when { ${condition} };`,
    null,
  )
  const told = (name: string, of: 'whole' | ReadonlySet<string>): string[] => {
    if (of === 'whole') return [`${name}*`]
    return of.size === 0 ? [name] : [...of].map((field) => `${name}.${field}`)
  }
  const { context } = reads
  expect(
    context === 'everything' ? [context] : [...context].flatMap(([name, of]) => told(name, of)).sort(),
  ).toEqual(expected)
})
