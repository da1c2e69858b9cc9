// A process of its own that says of console sessions whether they are open: what one replica of many does. Started by
// `startDoorman`; it shares nothing with its parent but the database.
import { disconnect } from '#lib/db'
import { toAppError } from '#lib/errors'
import { authenticateMember } from '#lib/identity'

process.on('message', async (session: { memberId: string; sessionVersion: number }) => {
  try {
    const { member } = await authenticateMember(session)
    process.send?.(member.role)
  } catch (error) {
    process.send?.(toAppError(error).code)
  }
})
process.on('disconnect', () => disconnect().finally(() => process.exit()))
process.send?.('ready')
