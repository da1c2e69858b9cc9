import { z } from 'zod'

const most = z.coerce.number().int().min(1).max(1_000_000_000).optional()

export const limitEnvironment = {
  BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE: most,
  BEHALF_LIMIT_ORG_CONCURRENCY: most,
  BEHALF_LIMIT_ORG_DAILY_CALLS: most,
}

/** What holds in every org that is not given something else; null where nothing does. */
export type LimitSettings = Readonly<{
  accountCallsPerMinute: number | null
  orgConcurrency: number | null
  orgDailyCalls: number | null
}>

export const readLimitSettings = (
  e: Readonly<{ [name in keyof typeof limitEnvironment]?: number | undefined }>,
): LimitSettings => ({
  accountCallsPerMinute: e.BEHALF_LIMIT_ACCOUNT_CALLS_PER_MINUTE ?? null,
  orgConcurrency: e.BEHALF_LIMIT_ORG_CONCURRENCY ?? null,
  orgDailyCalls: e.BEHALF_LIMIT_ORG_DAILY_CALLS ?? null,
})
