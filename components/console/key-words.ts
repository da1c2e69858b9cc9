/** A rotation of keys, as the console tells it. */
export type ToldRotation = {
  kind: 'rewrap' | 'reencrypt'
  status: 'running' | 'done' | 'failed'
  to_version: number | null
  total: number
  done: number
  failed: number
  error_code: string | null
}

const number = new Intl.NumberFormat('en-GB')
const many = (count: number, one: string, more: string): string =>
  `${number.format(count)} ${count === 1 ? one : more}`

export const rotationTitle = ({ kind, to_version }: ToldRotation): string =>
  kind === 'rewrap' ? 'Re-wrap under the present master key' : `Rotation to version ${to_version}`

const why: Record<string, string> = {
  sealed_bytes_do_not_open:
    'They do not open where they stand, which is an alarm. The old key was kept; rotating again tries them again.',
  keys_destroyed: 'The organization was deleted meanwhile.',
  key_service_outage: 'The key service did not answer for them. Starting again goes on with them.',
  key_service_refused:
    'The key service refused: a key is disabled, or its permission is withdrawn. Starting again goes on with them.',
}

/** How far a rotation is, or how it ended. */
export function rotationProgress(rotation: ToldRotation): string {
  const { kind, status, total, done, failed, error_code } = rotation
  const rewrap = kind === 'rewrap'
  const far = rewrap
    ? `${number.format(done)} of ${many(total, 'organization', 'organizations')} (the deployment is one)`
    : `${number.format(done)} of ${many(total, 'sealed value', 'sealed values')}`
  const bad = failed > 0 ? ` ${many(failed, 'failed', 'failed')}.` : ''
  if (status === 'failed') return `${far}.${bad} ${why[error_code ?? ''] ?? error_code ?? ''}`.trim()
  if (status === 'done') return `${far}.`
  if (rewrap) return total === 0 ? 'Waiting for a worker.' : `${far} done.${bad}`
  if (done + failed < total) return `${far} sealed anew.${bad}`
  return `${total === 0 ? 'Nothing was sealed yet.' : `${far} sealed anew.`}${bad} The old key is destroyed as soon as no process can still write under it: about two minutes after the start.`
}
