// The policies that the documentation ships, judged on their cases: by Cedar, and by a real OPA where there is one
// (`opa` on the PATH, or BEHALF_OPA_BIN).
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type Connector, tool } from '#lib/connector-kit'
import { createEgress, parseAllow } from '#lib/egress'
import { composePolicies, factsOfMadeUp, judgeWith, type Version, validate } from '#lib/policy'
import { callInput, expectation } from '#lib/policy/schema'
import type { Tenant } from '#lib/proof'
import { connectors } from '../connectors/registry.ts'
import { root } from './install.mjs'

const folder = join(root, 'docs/policies')
const names = globSync('*.cedar', { cwd: folder })
  .map((file) => basename(file, '.cedar'))
  .sort()
const read = (file: string) => readFileSync(join(folder, file), 'utf8')
const casesOf = (name: string) =>
  z
    .array(z.strictObject({ name: z.string(), call: callInput, expected: expectation }))
    .min(3)
    .parse(JSON.parse(read(`${name}.cases.json`)))

/** Tools that two of the examples are about and no connector of ours has. */
const made = (name: string, effect: 'send' | 'read', input: z.ZodType) =>
  tool({
    name,
    title: name,
    description: name,
    scopes: [],
    effect,
    idempotent: false,
    input,
    output: z.object({}),
    run: async () => ({}),
  })
const transfer = made('bank.transfer', 'send', z.strictObject({ amount: z.number(), to: z.string() }))
const search = made(
  'crm.search_records',
  'read',
  z.strictObject({ created_after: z.iso.datetime({ offset: true }).optional() }),
)
const madeUp = (id: string, ...tools: Connector['tools'][string][]) => ({
  id,
  name: id,
  scopes: {},
  resources: {},
  tools: Object.fromEntries(tools.map((one) => [one.name, one])),
})
const catalogue = { ...connectors, bank: madeUp('bank', transfer), crm: madeUp('crm', search) }
const tenant = { orgId: crypto.randomUUID(), externalId: 'acme' } as Tenant
const opa = { url: '', token: null, everybody: null }
const egress = createEgress({ allow: parseAllow('opa=127.0.0.1'), default: 'deny' })
composePolicies(catalogue, egress, () => opa)
afterAll(() => egress.close())

const binary = process.env.BEHALF_OPA_BIN ?? 'opa'
const hasOpa = spawnSync(binary, ['version']).status === 0

test('every example comes in both languages', () => {
  expect(names).toEqual([
    'business-hours',
    'external-email',
    'read-only-agents',
    'this-week',
    'transfer-limit',
  ])
  const regos = globSync('*.rego', { cwd: folder }).map((file) => basename(file, '.rego'))
  expect(regos.sort()).toEqual(names)
})

/** The ids of permits for everything else are places in the file; the cases name those that have a name. */
const named = (ids: readonly string[]) =>
  ids.map((id) => id.replace(/^v\d+:/, '')).filter((id) => !/^policy\d+$|\//.test(id))

function decides(version: (name: string) => Version) {
  for (const name of names) {
    test.each(casesOf(name).map((one) => [one.name, one] as const))(
      `${name}: %s`,
      async (_, { call, expected }) => {
        const facts = factsOfMadeUp(tenant, call, null)
        const { decision, problem } = await judgeWith({ rules: [], version: version(name) }, facts)
        expect(problem).toBeNull()
        expect(decision.decision).toBe(expected.decision)
        if (expected.policy_ids) expect(named(decision.policyIds)).toEqual(expected.policy_ids)
        if (expected.masks) expect(decision.masks ?? []).toEqual(expected.masks)
        if (expected.quorum !== undefined) expect(decision.approval?.quorum).toBe(expected.quorum)
      },
    )
  }
}

describe('by Cedar', () => {
  test.each(names)('%s fits the types of the tools, without a warning', async (name) => {
    expect((await validate({ engine: 'cedar', source: read(`${name}.cedar`) })).problems).toEqual([])
  })
  decides((name) => ({ id: name, number: 1, engine: 'cedar', source: read(`${name}.cedar`) }))
})

describe.runIf(hasOpa)('by a real OPA', () => {
  let child: ChildProcess
  beforeAll(async () => {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address()
        probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
      })
    })
    opa.url = `http://127.0.0.1:${port}`
    const files = names.map((name) => join(folder, `${name}.rego`))
    child = spawn(binary, ['run', '--server', '--addr', `127.0.0.1:${port}`, ...files], { stdio: 'ignore' })
    const healthy = () => fetch(`${opa.url}/health`).then(({ ok }) => expect(ok).toBe(true))
    await vi.waitFor(healthy, { timeout: 10_000 })
  })
  afterAll(() => void child?.kill())
  decides((name) => ({
    id: name,
    number: 1,
    engine: 'opa',
    source: `behalf/${name.replaceAll('-', '_')}/decision`,
  }))
})

test.skipIf(hasOpa)('OPA is not on this machine: its half of the examples was not run', (context) => {
  // Nothing to run here: this line in the report is the point, so that nobody takes the half that ran for the whole.
  context.skip()
})
