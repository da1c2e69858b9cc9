import { randomUUID, timingSafeEqual } from 'node:crypto'
import { config } from '#lib/config'
import { AppError, problemResponse } from '#lib/errors'
import { sha256 } from '#lib/ids'
import { renderMetrics } from '#lib/log'

export const dynamic = 'force-dynamic'

/** Prometheus text, without tenant labels. Where this machine is not the only one that may ask, it needs BEHALF_METRICS_TOKEN as a bearer. */
export async function GET(request: Request): Promise<Response> {
  const { metricsToken, publicUrl, local } = config()
  const given = request.headers.get('authorization')?.replace(/^Bearer +/i, '') ?? ''
  const open = metricsToken === null && local
  if (!open && !timingSafeEqual(sha256(given), sha256(metricsToken ?? randomUUID()))) {
    return problemResponse(new AppError('unauthenticated'), { publicUrl, traceId: '' })
  }
  const { contentType, body } = await renderMetrics()
  return new Response(body, { headers: { 'content-type': contentType } })
}
