import { AppError } from '#lib/errors'

/**
 * Refuses a page that is not allowed to call: a browser brings its cookies' owner to whatever name resolves here (DNS
 * rebinding). What is no browser sends no Origin.
 * @see MCP 2026-07-28, Transports, Security
 * @throws AppError `forbidden`
 */
export function assertOrigin(request: Request, allowed: readonly string[]): void {
  const origin = request.headers.get('origin')
  if (origin === null || allowed.includes(origin)) return
  throw new AppError('forbidden', { detail: 'Pages of this origin may not call this endpoint.' })
}
