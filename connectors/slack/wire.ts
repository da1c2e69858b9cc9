import { z } from 'zod'

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
export const cursor = z.string().min(1).max(1000).optional().describe('next_cursor of the page before')

const metadata = z.object({ next_cursor: z.string().nullish() }).nullish()

/** A page of Slack's; its last one carries an empty cursor or none. */
export const page = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.object({ ...shape, response_metadata: metadata })
export const nextCursor = (answer: { response_metadata?: z.infer<typeof metadata> }) =>
  answer.response_metadata?.next_cursor || null
