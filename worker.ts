import { startWorker } from '#lib/jobs'
import { log } from '#lib/log'
import { drainRefreshes, replaySpool } from '#lib/vault'
import { connect, crontab, jobs, startAuditStreams } from '#runtime'

/** The worker process: the same image as the web, another command. */
void replaySpool()
const worker = await startWorker(jobs, crontab)
const stopRefreshAhead = connect.startRefreshAhead()
const stopAuditStreams = startAuditStreams()
log.info('worker ready')

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    if (stopping) return
    stopping = true
    await Promise.all([worker.stop(), stopRefreshAhead(), stopAuditStreams()])
    // Whoever asked a provider for a new pair writes it down before it ends.
    await drainRefreshes()
    process.exit(0)
  })
}
