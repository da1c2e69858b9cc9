import { toAppError } from '#lib/errors'

/**
 * What a call answers, or `null` where the provider itself says that there is no such thing. A 404 without a word of
 * the provider's may be a proxy's, and stays a failure like all others.
 */
export const ifThere = (call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => {
    const { category, upstream } = toAppError(error).facts
    const said = typeof upstream?.body === 'object' && upstream.body !== null
    if (category === 'not_found' && said) return null
    throw error
  })
