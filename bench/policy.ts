// What one decision costs: by rules alone, by Cedar with 50 policies over the whole catalogue, and what its facts cost.
import { composePolicies, factsOf, judgeWith, noUsage, type Version } from '#lib/policy'
import type { CallFacts } from '#lib/proof'
import { connectors } from '../connectors/registry.ts'
import { latencyOf } from './figures.ts'

const policies = 50
/** What PERFORMANCE asks of 50 policies, in milliseconds. */
const cedarP50MsMax = 0.5

const tools = Object.values(connectors).flatMap((connector) =>
  Object.values(connector.tools).map((tool) => ({ connector, tool })),
)

/** Half of them read the params of one tool, half something that every call has. */
export function source(): string {
  const one = (n: number) =>
    n % 2
      ? `@id("p${n}") forbid(principal, action == Action::"google.send_gmail_message", resource)
         when { context.params.subject like "*forbidden ${n}*" };`
      : `@id("p${n}") forbid(principal is Agent, action in Action::"effect:send", resource)
         when { context.local.weekday == 7 && context.user.groups.contains("group-${n}") };`
  const rest = Array.from({ length: policies - 1 }, (_, n) => one(n))
  return ['permit(principal, action, resource);', ...rest].join('\n')
}

function facts(): CallFacts {
  const found = tools.find(({ tool }) => tool.name === 'google.send_gmail_message')
  if (!found) throw new Error('there is no such tool')
  return factsOf({
    caller: { type: 'agent', id: 'ag_1' },
    agent: { id: 'ag_1', name: 'Mira', owner: null, purpose: null, team: 'ops', environment: 'production' },
    actors: ['ag_1'],
    user: { id: 'u_1', groups: ['finance', 'berlin'] },
    org: { id: 'acme', timezone: 'Europe/Berlin' },
    account: 'ca_1',
    connector: found.connector,
    tool: found.tool,
    params: { to: ['ana@acme.example'], subject: 'Lunch', text: 'Shall we? '.repeat(50) },
    scopes: [],
    time: new Date(),
    ip: '192.0.2.7',
    usage: noUsage,
  })
}

async function timed(count: number, work: () => unknown) {
  for (let n = 0; n < count / 10; n++) await work()
  const latencies: number[] = []
  const before = process.cpuUsage()
  for (let n = 0; n < count; n++) {
    const start = performance.now()
    await work()
    latencies.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  return { ...latencyOf(latencies), cpuMs: (user + system) / 1000 / count }
}

/** @returns whether the bar was met */
export async function benchPolicy(count: number): Promise<boolean> {
  const nowhere = () => Promise.reject(new Error('a decision of Cedar asks nobody'))
  composePolicies(connectors, {
    request: nowhere,
    fetch: () => nowhere,
    socket: nowhere,
    tls: nowhere,
    close: async () => {},
  })
  const given = facts()
  const version: Version = { id: 'bench', number: 1, engine: 'cedar', source: source() }
  const begun = performance.now()
  const { decision, problem } = await judgeWith({ rules: [], version }, given)
  const firstMs = performance.now() - begun
  if (decision.decision !== 'allow' || problem) throw new Error(`the bench's call was denied: ${problem}`)
  const rules = [{ id: crypto.randomUUID(), tools: ['slack.*'], effects: ['delete'] }]
  const rows = [
    ['nothing written', await timed(count, () => judgeWith({ rules: [], version: null }, given))],
    ['a rule', await timed(count, () => judgeWith({ rules, version: null }, given))],
    [`Cedar, ${policies} policies`, await timed(count, () => judgeWith({ rules: [], version }, given))],
    ['the facts of a call', await timed(count, facts)],
  ] as const
  console.log(`\n${tools.length} tools in the schema; the first decision took ${firstMs.toFixed(0)} ms\n`)
  console.log('| decision by | p50 ms | p99 ms | processor ms |\n| --- | --- | --- | --- |')
  for (const [name, { p50Ms, p99Ms, cpuMs }] of rows)
    console.log(`| ${name} | ${p50Ms.toFixed(4)} | ${p99Ms.toFixed(4)} | ${cpuMs.toFixed(4)} |`)
  const met = rows[2][1].p50Ms < cedarP50MsMax
  console.log(`\nbar: p50 of Cedar below ${cedarP50MsMax} ms: ${met ? 'met' : 'NOT MET'}`)
  return met
}
