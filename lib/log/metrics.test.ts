import { describe, expect, it, vi } from 'vitest'
import { metrics, renderMetrics } from './metrics.ts'

describe('metrics', () => {
  it('renders every named series, and those of the process, as Prometheus text', async () => {
    metrics.httpRequests.inc({ route: '/api/v1/connections', method: 'GET', status: '200' })
    metrics.httpRequestDurationSeconds.observe({ route: '/api/v1/connections', method: 'GET' }, 0.02)
    metrics.executions.inc({ connector: 'github', outcome: 'succeeded' })
    metrics.upstreamRequests.inc({ connector: 'github', status: '201' })
    metrics.refreshes.inc({ connector: 'github', outcome: 'rotated' })
    metrics.revocations.inc({ outcome: 'confirmed' })
    const { contentType, body } = await renderMetrics()
    expect(contentType).toMatch(/^text\/plain/)
    for (const line of [
      'behalf_http_requests_total{route="/api/v1/connections",method="GET",status="200"} 1',
      'behalf_http_request_duration_seconds_count{route="/api/v1/connections",method="GET"} 1',
      'behalf_executions_total{connector="github",outcome="succeeded"} 1',
      'behalf_upstream_requests_total{connector="github",status="201"} 1',
      'behalf_refreshes_total{connector="github",outcome="rotated"} 1',
      'behalf_revocations_total{outcome="confirmed"} 1',
      'process_resident_memory_bytes',
    ]) {
      expect(body).toContain(line)
    }
  })

  it('counts in one registry however often the module is loaded', async () => {
    vi.resetModules()
    const again = await import('./metrics.ts')
    expect(again.metrics).toBe(metrics)
  })

  it('takes no label that is not declared, so no tenant can become one', () => {
    // @ts-expect-error the labels are closed
    expect(() => metrics.executions.inc({ org_id: 'org_1' })).toThrow(/label/)
  })
})
