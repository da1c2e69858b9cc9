import { unstable_rethrow } from 'next/navigation'
import { toAppError } from '#lib/errors'
import { log } from '#lib/log'

/** Runs an action's work; what it throws comes back as the sentence that its form shows. */
export async function acting<Result>(work: () => Promise<Result>): Promise<Result | { fault: string }> {
  try {
    return await work()
  } catch (thrown) {
    // Redirects and "not found" travel as exceptions.
    unstable_rethrow(thrown)
    const error = toAppError(thrown)
    if (error.status >= 500) log.error({ err: thrown, code: error.code }, error.internal ?? error.message)
    return { fault: error.message }
  }
}
