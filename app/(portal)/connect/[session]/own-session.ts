import type { z } from 'zod'
import { AppError } from '#lib/errors'

/** What a bearer opens must be what the address says. @throws AppError `session_expired` */
export function assertSession(named: string, opened: string): void {
  if (named !== opened) throw new AppError('session_expired', { detail: 'This link is not valid any more.' })
}

/** @throws AppError `invalid_json`, `invalid_request` */
export function parseBody<T>(schema: z.ZodType<T>, text: string): T {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw new AppError('invalid_json', { detail: 'The body is not JSON.' })
  }
  const parsed = schema.safeParse(given)
  if (!parsed.success) throw new AppError('invalid_request', { detail: 'The body does not fit.' })
  return parsed.data
}
