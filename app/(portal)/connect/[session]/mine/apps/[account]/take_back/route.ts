import { connect } from '#runtime'
import { mineRoute } from '../../../mine-route.ts'

/** Shuts out an app that the person let in: at once, whatever tokens it has. Its id stands where an account's does. */
export const POST = mineRoute(
  '/connect/[session]/mine/apps/[account]/take_back',
  async ({ session, account: grant, open, origin }) => {
    await connect.takeBackMine(open, grant, origin)
    return { to: `/connect/${session}/mine?${new URLSearchParams({ taken_back: grant })}#done` }
  },
)
