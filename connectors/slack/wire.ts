import { z } from 'zod'
import { byCursor } from '#lib/connector-kit'

export const channelId = z
  .string()
  .max(32)
  .regex(/^[CGD][A-Z0-9]+$/)
  .describe('Id of the channel, such as C024BE91L')
export const userId = z
  .string()
  .max(32)
  .regex(/^[UW][A-Z0-9]+$/)
  .describe('Id of the person, such as U024BE7LH')
/** Slack's name for a message within a channel: seconds and a counter. */
export const timestamp = z.string().regex(/^\d{1,12}\.\d{1,6}$/)
/** How Slack's lists are paged. */
export const listed = byCursor({ param: 'cursor', size: 'limit', next: 'response_metadata.next_cursor' })

const metadata = z.object({ next_cursor: z.string().nullish() }).nullish()

/** A page of Slack's; its last one carries an empty cursor or none. */
export const page = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.object({ ...shape, response_metadata: metadata })
export const nextCursor = (answer: { response_metadata?: z.infer<typeof metadata> }) =>
  answer.response_metadata?.next_cursor || null
