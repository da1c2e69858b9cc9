import { afterAll, beforeAll, expect, test } from 'vitest'
import { forOrg } from '#lib/db'
import { createApiKeyIn } from '#lib/identity'
import { POST as createAgent } from '../../app/api/v1/agents/route.ts'
import { startCommitCutter } from '../../scripts/faults/commit-cutter.ts'
import { type Practice, startPractice } from '../../scripts/testing/practice.ts'

// A connection that breaks at the COMMIT: nobody can tell whether the request was done.

let practice: Practice
let wire: Awaited<ReturnType<typeof startCommitCutter>>

beforeAll(async () => {
  wire = await startCommitCutter(process.env.DATABASE_URL ?? '')
  process.env.DATABASE_URL = wire.url
  practice = await startPractice()
})
afterAll(async () => {
  await practice.stop()
  await wire.stop()
})

async function send(as: string) {
  const request = new Request('http://localhost/api/v1/agents', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${as}`,
      'content-type': 'application/json',
      'idempotency-key': 'k',
    },
    body: JSON.stringify({ name: 'Mira' }),
  })
  const response = await createAgent(request, { params: Promise.resolve({}) })
  return { status: response.status, code: ((await response.json()) as { code?: string }).code }
}

test.for([
  ['after', 1],
  ['before', 0],
] as const)(
  'a request whose connection broke %s its commit is not done again under its key',
  async ([at, made]) => {
    await practice.session({ org_id: at, user_id: 'u_1' })
    const tenant = await practice.tenant(at)
    const { secret } = await forOrg(tenant, (tx) => createApiKeyIn(tx, tenant, { name: 'test', roles: [] }))
    wire.cut('INSERT INTO "public"."agents"', [at])
    expect(await send(secret)).toEqual({ status: 503, code: 'unavailable' })
    expect(wire.left()).toBe(0)
    expect(await send(secret)).toEqual({ status: 409, code: 'conflict' })
    expect(await forOrg(tenant, (tx) => tx.agents.count())).toBe(made)
  },
)
