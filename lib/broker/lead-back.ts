import { AppError, toAppError } from '#lib/errors'
import type { Granted } from '#lib/proof'
import type { ConnectUrl } from '#lib/scopes'

/**
 * A consent that turned out in this very call to be gone is told with the link at which the user gives it again, as it is
 * told from the next call on. It is not part of what is kept for a repetition: links are told once.
 */
export const leadBack =
  (connectUrl: ConnectUrl, { tenant, accountId }: Granted) =>
  async (thrown: unknown): Promise<never> => {
    const error = toAppError(thrown)
    if (error.code !== 'reauthorization_required' || error.facts.connect_url !== undefined) throw thrown
    const url = await connectUrl(tenant, accountId, []).catch(() => null)
    if (url === null) throw thrown
    throw new AppError(error.code, { ...error.facts, connect_url: url }, { cause: thrown })
  }
