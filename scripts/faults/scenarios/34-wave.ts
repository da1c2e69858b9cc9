import { finding, type Scenario } from '../scenario.ts'

const org = 'fault-34'

/** A provider that refuses a third of all renewals for no reason: nobody is disconnected, and somebody is told. */
export const wave34: Scenario = {
  fault: '34',
  name: 'wave',
  inShort: false,
  plants: 'a tenth refused: no wave, so they are disconnected',
  async run(bed) {
    const [count, share] = [100, bed.planted ? 0.1 : 0.3]
    const crew = await bed.crewOf(2)
    const accounts = await bed.accounts(org, count)
    await bed.expire(accounts)
    const alarms = () =>
      Promise.all(
        crew.map((product) =>
          product.ask('metric', { name: 'behalf_alarms_total', labels: { kind: 'provider_incident' } }),
        ),
      ).then((each) => each.reduce((sum, one) => sum + one, 0))
    const alarmsBefore = await alarms()
    const refused = { error: 'invalid_grant', error_description: 'wave' }
    await bed.provider.faults({ token_error: { status: 400, body: refused, share } })
    const renew = () =>
      Promise.all(
        crew.map((product, index) => {
          const mine = accounts.filter((_, at) => at % crew.length === index).map(({ id }) => id)
          return product.ask('each', { work: 'execute', accounts: mine, org, workers: 4 })
        }),
      )
    await renew()
    const inWave = await bed.fates(accounts)
    const [held] = await bed.cluster.sql<{ held: number }>(
      `SELECT count(*)::int AS held FROM credentials WHERE account_id = ANY($1::uuid[]) AND hold_reason = 'suspect'`,
      [accounts.map(({ uuid }) => uuid)],
    )
    const open = () =>
      bed.cluster.sql<{ error_code: string }>(
        'SELECT error_code FROM provider_incidents WHERE resolved_at IS NULL',
      )
    const incidents = (await open()).length
    const raised = (await alarms()) - alarmsBefore
    await bed.provider.faults({ token_error: null })
    await bed.cluster.sql(`UPDATE credentials SET hold_until = now() WHERE account_id = ANY($1::uuid[])`, [
      accounts.map(({ uuid }) => uuid),
    ])
    await bed.expire(accounts)
    const after = await renew()
    const stillRefused = after.reduce((sum, { failed }) => sum + Object.keys(failed).length, 0)
    const { unexplained, explained } = await bed.books(accounts)
    return [
      finding(
        `a provider that answers invalid_grant to ${share * 100} % of ${count} renewals`,
        {
          'mass disconnects': inWave.filter(({ status, dead }) => status !== 'active' || dead).length,
          'disconnected after the wave': unexplained.length + explained.length,
          'calls refused after the wave': stillRefused,
        },
        {
          facts: { 'held as suspect': held?.held ?? 0, 'incidents open': incidents, 'alarms raised': raised },
          holds: (held?.held ?? 0) > 0 && incidents === 1 && raised >= 1,
        },
      ),
    ]
  },
}
