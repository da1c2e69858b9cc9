// A worker of its own that works one mass revocation, to be killed in the middle of it.

import { jobs } from '#runtime'

export type SettleOrder = { org_id: string; revocation_id: string }

process.on('message', async (order: SettleOrder) => {
  await jobs.settle_mass_revocation(order, new AbortController().signal)
  process.exit()
})
process.send?.('ready')
