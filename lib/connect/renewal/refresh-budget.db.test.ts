import { afterAll, beforeAll, expect, test } from 'vitest'
import { deployment, disconnect } from '#lib/db'
import { newId } from '#lib/ids'
import { type Superuser, useSuperuser } from '../../../scripts/testing/superuser.ts'
import { takeRefreshPermits } from './refresh-budget.ts'

let superuser: Superuser
beforeAll(async () => {
  superuser = await useSuperuser()
})
afterAll(disconnect)

async function authConfig() {
  const id = newId()
  await superuser.sql(
    `INSERT INTO auth_configs (org_id, id, connector, name, client_id, scopes, base_urls)
     VALUES ($1, $2, 'sandbox', 'budget', 'budget', '{}', '{}')`,
    [deployment.orgId, id],
  )
  return { id }
}

type Permit = { askedAt: number; gotAt: number; count: number }

/** Asks for all that can be had, in three loops at once as three processes would, until so many were given. */
async function askUntil(total: number, perSecondMax: number): Promise<Permit[]> {
  const auth = await authConfig()
  const permits: Permit[] = []
  const given = () => permits.reduce((sum, { count }) => sum + count, 0)
  const loop = async () => {
    while (given() < total) {
      const askedAt = performance.now()
      const count = await takeRefreshPermits(deployment, auth, 16, perSecondMax)
      if (count > 0) permits.push({ askedAt, gotAt: performance.now(), count })
    }
  }
  await Promise.all([loop(), loop(), loop()])
  return permits.sort((one, other) => one.gotAt - other.gotAt)
}

// The moment of a permit lies between its asking and its coming: the true window is never longer than the measured.
function mostInOneSecond(permits: readonly Permit[]): number {
  return Math.max(
    ...permits.map(({ askedAt }) =>
      permits
        .filter((other) => other.askedAt >= askedAt && other.gotAt <= askedAt + 1_000)
        .reduce((sum, { count }) => sum + count, 0),
    ),
  )
}

test.each([
  [40, 100],
  [3, 6],
  [0.8, 2],
])(
  'gives at most %f permits in any second, however many ask, and all of them in the end',
  async (cap, total) => {
    const permits = await askUntil(total, cap)
    expect(mostInOneSecond(permits)).toBeLessThanOrEqual(Math.max(1, cap))
    const first = permits[0]?.askedAt ?? 0
    const seconds = ((permits.at(-1)?.gotAt ?? 0) - first) / 1_000
    const later = permits.slice(1).reduce((sum, { count }) => sum + count, 0)
    expect(later / seconds).toBeLessThanOrEqual(cap)
  },
)

test('is not held up by a clock that was set back', async () => {
  const auth = await authConfig()
  expect(await takeRefreshPermits(deployment, auth, 1, 10)).toBe(1)
  await superuser.sql(
    `UPDATE refresh_budgets SET updated_at = now() + interval '10 minutes' WHERE auth_config_id = $1`,
    [auth.id],
  )
  expect(await takeRefreshPermits(deployment, auth, 1, 10)).toBe(1)
})

test('saves up no more than a tenth of a second’s worth', async () => {
  const auth = await authConfig()
  expect(await takeRefreshPermits(deployment, auth, 1, 100)).toBe(1)
  await superuser.sql(
    `UPDATE refresh_budgets SET updated_at = now() - interval '1 hour' WHERE auth_config_id = $1`,
    [auth.id],
  )
  expect(await takeRefreshPermits(deployment, auth, 1_000, 100)).toBe(10)
})
