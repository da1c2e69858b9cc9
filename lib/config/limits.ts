import { z } from 'zod'

const most = z
  .union([z.literal('off'), z.coerce.number().int().min(1).max(1_000_000_000)], {
    message: 'must be a whole number from 1, or off',
  })
  .optional()

export const limitEnvironment = {
  BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE: most,
  BEHALF_LIMIT_ORG_CONCURRENCY: most,
  BEHALF_LIMIT_ORG_DAILY_CALLS: most,
}

/** Seldom met by work that is meant, and soon by an agent that runs in a circle. */
const accountCallsPerMinute = 600

/** What holds in every org that is not given something else; null where nothing does. */
export type LimitSettings = Readonly<{
  accountCallsPerMinute: number | null
  orgConcurrency: number | null
  orgDailyCalls: number | null
}>

const orOff = (given: number | 'off' | undefined, otherwise: number | null): number | null =>
  given === 'off' ? null : (given ?? otherwise)

export const readLimitSettings = (
  e: Readonly<{ [name in keyof typeof limitEnvironment]?: number | 'off' | undefined }>,
): LimitSettings => ({
  accountCallsPerMinute: orOff(e.BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE, accountCallsPerMinute),
  orgConcurrency: orOff(e.BEHALF_LIMIT_ORG_CONCURRENCY, null),
  orgDailyCalls: orOff(e.BEHALF_LIMIT_ORG_DAILY_CALLS, null),
})
