import { startWorker } from '#lib/jobs'
import { log } from '#lib/log'
import { crontab, jobs } from '#runtime'

/** The worker process: the same image as the web, another command. */
const worker = await startWorker(jobs, crontab)
log.info('worker ready')

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    if (stopping) return
    stopping = true
    await worker.stop()
    process.exit(0)
  })
}
