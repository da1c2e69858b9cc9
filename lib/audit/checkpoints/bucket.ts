import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import type { AuditSettings } from '#lib/config'
import type { Egress } from '#lib/egress'
import type { FoundHead } from './head.ts'

type Store = NonNullable<AuditSettings['store']>

const deadlineMs = 5_000
/** Pauses before it is tried again; after that it is the next run's. */
const retryMs = [200, 1_000]

/**
 * Puts heads into a bucket that speaks S3 (AWS Signature Version 4): an object per head, under a name that says which,
 * so that none is ever written over. With a lock on its objects the bucket keeps what nobody can take back.
 */
export function putInto(egress: Egress, store: Store): (head: FoundHead) => Promise<void> {
  const { accessKeyId, secretAccessKey, sessionToken, region, lockDays } = store
  const aws = new AwsClient({
    accessKeyId,
    secretAccessKey,
    region,
    service: 's3',
    retries: 0,
    ...(sessionToken !== null && { sessionToken }),
  })
  const send = egress.fetch('siem', { deadlineMs })
  return async ({ chain, sequence, at, jws }) => {
    const name = `${String(sequence).padStart(16, '0')}.jws`
    const body = new TextEncoder().encode(jws)
    const digest = createHash('sha256').update(body).digest()
    const headers = {
      'content-type': 'application/jose',
      'x-amz-content-sha256': digest.toString('hex'),
      // A bucket whose objects are locked takes none without a checksum; older ones know only the second.
      'x-amz-checksum-sha256': digest.toString('base64'),
      'content-md5': createHash('md5').update(body).digest('base64'),
      ...(lockDays !== null && {
        'x-amz-object-lock-mode': 'COMPLIANCE',
        'x-amz-object-lock-retain-until-date': new Date(Date.parse(at) + lockDays * 86_400_000).toISOString(),
      }),
    }
    for (let tries = 0; ; tries++) {
      // Signed anew each time: a signature holds for its moment.
      const signed = await aws.sign(`${store.url}/${chain}/${name}`, { method: 'PUT', headers, body })
      const status = await send(signed).then(
        (answer) => answer.status,
        (error: unknown) => error,
      )
      if (typeof status === 'number' && status >= 200 && status <= 299) return
      const wait = retryMs[tries]
      const passes = typeof status !== 'number' || status >= 500 || status === 429
      if (!passes || wait === undefined)
        throw status instanceof Error ? status : new Error(`answered ${status}`)
      await pause(wait)
    }
  }
}
