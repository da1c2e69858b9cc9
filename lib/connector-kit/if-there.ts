import { toAppError } from '#lib/errors'

/** What a call answers, or `null` where the provider says that there is no such thing; other failures stay failures. */
export const ifThere = (call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => {
    if (toAppError(error).facts.category === 'not_found') return null
    throw error
  })
