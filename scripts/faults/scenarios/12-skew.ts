import type { Bed } from '../bed.ts'
import type { Account } from '../commands.ts'
import type { Product } from '../product.ts'
import { type Finding, finding, type Scenario } from '../scenario.ts'

const org = 'fault-12'

async function call(product: Product, accounts: readonly Account[]) {
  const ids = accounts.map(({ id }) => id)
  return (await product.ask('each', { work: 'execute', accounts: ids, org, workers: 4 })).failed
}

/** A process whose clock is off: what is fresh for the database is fresh, and what has run out has run out. */
async function skewed(bed: Bed, minutes: number): Promise<Finding> {
  const product = await bed.product(`skewed-${minutes}`, { clockSeconds: minutes * 60 })
  const fresh = await bed.accounts(org, 8)
  const expired = await bed.accounts(org, 8)
  await bed.expire(fresh, `now() + interval '${bed.planted ? 5 : 120} seconds'`)
  await bed.expire(expired)
  await bed.provider.reset()
  const refused = { ...(await call(product, fresh)) }
  const falseExpiries = (await bed.provider.state()).token_refresh
  Object.assign(refused, await call(product, expired))
  const renewed = (await bed.provider.state()).token_refresh - falseExpiries
  const rows = await bed.cluster.sql<{ left: number }>(
    `SELECT extract(epoch FROM access_expires_at - now())::float8 AS left FROM credentials
     WHERE account_id = ANY($1::uuid[])`,
    [expired.map(({ uuid }) => uuid)],
  )
  await product.kill()
  return finding(`a process whose clock is ${minutes > 0 ? '+' : ''}${minutes} min off`, {
    'false expiries': falseExpiries,
    'expired tokens used': expired.length - renewed,
    'lifetimes stored by the wrong clock': rows.filter(({ left }) => left < 200 || left > 300).length,
    'calls refused': Object.keys(refused).length,
  })
}

export const skew12: Scenario = {
  fault: '12',
  name: 'skew',
  inShort: false,
  plants: 'fresh tokens that are near their end',
  run: async (bed) => [await skewed(bed, 10), await skewed(bed, -10)],
}
