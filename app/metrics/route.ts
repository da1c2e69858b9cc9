import { timingSafeEqual } from 'node:crypto'
import { config } from '#lib/config'
import { AppError, problemResponse } from '#lib/errors'
import { sha256 } from '#lib/ids'
import { renderMetrics } from '#lib/log'

export const dynamic = 'force-dynamic'

/** Prometheus text, without tenant labels. Off loopback it needs BEHALF_METRICS_TOKEN as a bearer. */
export async function GET(request: Request): Promise<Response> {
  const { metricsToken, publicUrl } = config()
  const given = request.headers.get('authorization')?.replace(/^Bearer +/i, '') ?? ''
  if (metricsToken !== null && !timingSafeEqual(sha256(given), sha256(metricsToken))) {
    return problemResponse(new AppError('unauthenticated'), { publicUrl, traceId: '' })
  }
  const { contentType, body } = await renderMetrics()
  return new Response(body, { headers: { 'content-type': contentType } })
}
