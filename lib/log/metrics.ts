import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { anchored } from './anchor.ts'

/**
 * What operators watch. No label ever names an org, a user or a connection: `/metrics` is read by people who may not
 * know the tenants, and their number would make the series unbounded. `route` is the pattern, never the path.
 */
export const metrics = anchored('metrics', createMetrics)

/** The Prometheus text of everything registered. */
export async function renderMetrics(): Promise<{ contentType: string; body: string }> {
  return { contentType: metrics.registry.contentType, body: await metrics.registry.metrics() }
}

function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    httpRequests: new Counter({
      name: 'behalf_http_requests_total',
      help: 'Requests answered',
      labelNames: ['route', 'method', 'status'],
      registers,
    }),
    httpRequestDurationSeconds: new Histogram({
      name: 'behalf_http_request_duration_seconds',
      help: 'Time from the request to the end of its answer',
      labelNames: ['route', 'method'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    executions: new Counter({
      name: 'behalf_executions_total',
      help: 'Tool executions by outcome',
      labelNames: ['connector', 'outcome'],
      registers,
    }),
    upstreamRequests: new Counter({
      name: 'behalf_upstream_requests_total',
      help: 'Requests made to providers',
      labelNames: ['connector', 'status'],
      registers,
    }),
    refreshes: new Counter({
      name: 'behalf_refreshes_total',
      help: 'Token refreshes by outcome',
      labelNames: ['connector', 'outcome'],
      registers,
    }),
    refreshCommitSeconds: new Histogram({
      name: 'behalf_refresh_commit_seconds',
      help: 'Time from the answer of a provider to the commit of the renewed credential',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 3],
      registers,
    }),
    alarms: new Counter({
      name: 'behalf_alarms_total',
      help: 'What an operator has to look at: sealed bytes that do not open, providers that refuse alike',
      labelNames: ['kind'],
      registers,
    }),
    keyServiceCalls: new Counter({
      name: 'behalf_key_service_calls_total',
      help: "Wrapping and unwrapping of the organizations' keys by outcome",
      labelNames: ['service', 'operation', 'outcome'],
      registers,
    }),
    revocations: new Counter({
      name: 'behalf_revocations_total',
      help: 'Provider revocations by outcome',
      labelNames: ['outcome'],
      registers,
    }),
  }
}
