import type { Origin } from '#lib/audit'
import type { Open } from '#lib/connect'
import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { setFlow } from '../../../../../flow.ts'
import { type Ended, mineRoute } from '../../mine-route.ts'

type Step = { session: string; account: string; open: Open; origin: Origin }

const doneAt = ({ session, account }: Step, done: string): Ended => ({
  to: `/connect/${session}/mine?${new URLSearchParams({ done, account })}#done`,
})

async function pause(step: Step, paused: boolean): Promise<Ended> {
  try {
    await connect.pauseMine(step.open, step.account, paused, step.origin)
    return doneAt(step, paused ? 'paused' : 'resumed')
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'conflict') throw thrown
    return { to: `/connect/${step.session}/mine?refused=1` }
  }
}

async function end(step: Step): Promise<Ended> {
  await connect.endMine(step.open, step.account, step.origin)
  return doneAt(step, 'ended')
}

/** Connecting again is a consent, in a session of its own. */
async function reconnect({ open, account }: Step): Promise<Ended> {
  const again = await connect.reconnectMine(open, account)
  const [connector = ''] = again.open.session.connectors
  return {
    to: `/connect/${again.flow.session}/consent/${connector}`,
    leaves: { url: again.url, cookie: await setFlow(again.flow) },
  }
}

/** What a person does with an account of theirs in one click. */
export const POST = mineRoute('/connect/[session]/mine/[account]/act', async ({ form, ...step }) => {
  switch (form.get('act')) {
    case 'pause':
      return pause(step, true)
    case 'resume':
      return pause(step, false)
    case 'end':
      return end(step)
    case 'reconnect':
      return reconnect(step)
    default:
      throw new AppError('invalid_request', { detail: 'There is no such step.' })
  }
})
