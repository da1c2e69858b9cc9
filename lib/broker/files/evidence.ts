import type { Tool } from '#lib/connector-kit'
import type { Tenant } from '#lib/proof'
import { orgHmac } from '#lib/vault'
import type { Moved } from './moved.ts'

/** What the intent of a call says of its file before any of it has moved. */
export const directionOf = ({ takes, gives }: Tool): Pick<Moved, 'direction'> | null =>
  takes ? { direction: 'in' } : gives ? { direction: 'out' } : null

/**
 * A file in the audit: its digest is keyed, as that of the params is. A bare one would tell for ever which file it was,
 * though everything else of the org is shredded.
 */
export const fileEvidence = async (tenant: Tenant, moved: Moved) => ({
  file_direction: moved.direction,
  file_media_type: moved.media_type,
  file_size_bytes: moved.size_bytes,
  file_sha256_hmac: moved.sha256 === null ? null : await orgHmac(tenant, 'file', moved.sha256),
  file_complete: moved.complete,
})
