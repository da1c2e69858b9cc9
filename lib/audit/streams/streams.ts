import { createPrivateKey, X509Certificate } from 'node:crypto'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { ledSealerOf, sealerOf } from '#lib/vault'
import type { AuditStream, AuditStreamChange, AuditStreamInput } from '../schema.ts'

export type StreamRow = Awaited<ReturnType<Tx['audit_streams']['findFirstOrThrow']>>

export const bindingOf = (id: string) => ({ purpose: 'audit_stream', parts: [id] })
export const keyBindingOf = (id: string) => ({ purpose: 'audit_stream_key', parts: [id] })

type Progress = {
  sequence: bigint | null
  head: bigint | null
  oldest: Date | null
  delivered_at: Date | null
  attempts: number | null
  retry_at: Date | null
  error_code: string | null
}

/** How far a stream has taken a tenant's events. What is behind is counted by numbers, which have no gaps. */
export async function progressIn(
  tx: Tx,
  tenant: Tenant,
  stream: { org_id: string; id: string },
): Promise<AuditStream['progress']> {
  const [row] = await tx.$queryRaw<Progress[]>`
    SELECT c.sequence, h.sequence AS head, c.delivered_at, c.attempts, c.retry_at, c.error_code,
      (SELECT e.occurred_at FROM audit_events e WHERE e.org_id = o.id AND c.sequence IS NOT NULL
        AND e.sequence > c.sequence ORDER BY e.sequence LIMIT 1) AS oldest
    FROM (SELECT ${tenant.orgId}::uuid AS id) o LEFT JOIN audit_heads h ON h.org_id = o.id
    LEFT JOIN audit_stream_cursors c ON c.org_id = o.id AND c.stream_org_id = ${stream.org_id}::uuid
      AND c.stream_id = ${stream.id}::uuid`
  const head = Number(row?.head ?? 0)
  const sequence = Number(row?.sequence ?? 0)
  return {
    sequence,
    // A stream that has just been made has not found its place yet: that is for its first delivery.
    behind: row?.sequence === null ? 0 : Math.max(head - sequence, 0),
    behind_since: row?.oldest?.toISOString() ?? null,
    delivered_at: row?.delivered_at?.toISOString() ?? null,
    attempts: row?.attempts ?? 0,
    retry_at: row?.retry_at?.toISOString() ?? null,
    error_code: row?.error_code ?? null,
  }
}

const viewIn = async (tx: Tx, tenant: Tenant, row: StreamRow): Promise<AuditStream> => ({
  id: publicId('audit_stream', row.id),
  kind: row.kind as AuditStream['kind'],
  name: row.name,
  url: row.url,
  every_org: row.every_org,
  has_authorization: row.sealed_secret !== null,
  has_client_certificate: row.client_cert_pem !== null,
  since: row.since.toISOString(),
  created_at: row.created_at.toISOString(),
  paused_at: row.paused_at?.toISOString() ?? null,
  progress: await progressIn(tx, tenant, row),
})

/** Most streams of one organization: each reads every event again. */
const streamsMax = 10

/** @throws AppError `invalid_request` for a certificate or key that is none, or two that do not belong together */
function assertPair({ client_cert_pem: cert, client_key_pem: key }: Omit<AuditStreamInput, 'org_id'>): void {
  if (cert === undefined || key === undefined) return
  let path = 'client_cert_pem'
  try {
    const certificate = new X509Certificate(cert)
    path = 'client_key_pem'
    if (certificate.checkPrivateKey(createPrivateKey(key))) return
  } catch {
    // Below: the library's words may quote what it was given.
  }
  const why = path === 'client_cert_pem' ? 'is no certificate' : 'is no key of client_cert_pem'
  throw new AppError('invalid_request', { errors: [{ path, message: why }] })
}

/** @throws AppError `conflict` where there are as many as there may be; `invalid_request` as `assertPair` */
export async function createStream(
  tenant: Tenant,
  input: Omit<AuditStreamInput, 'org_id'>,
  createdBy: { type: string; id: string },
  recordIn: (tx: Tx, stream: AuditStream) => Promise<void>,
): Promise<AuditStream> {
  assertPair(input)
  const [seal, sealLed] = [await sealerOf(tenant), await ledSealerOf(tenant)]
  const id = newId()
  const clientKey =
    input.client_key_pem === undefined ? null : sealLed(keyBindingOf(id), input.client_key_pem)
  const secret = input.authorization === undefined ? null : seal(bindingOf(id), input.authorization)
  return forOrg(tenant, async (tx) => {
    if ((await tx.audit_streams.count({ where: { org_id: tenant.orgId } })) >= streamsMax)
      throw new AppError('conflict', { detail: `There may be ${streamsMax} streams.` })
    const row = await tx.audit_streams.create({
      data: {
        org_id: tenant.orgId,
        id,
        name: input.name,
        kind: input.kind,
        url: input.url,
        every_org: input.every_org,
        ca_pem: input.ca_pem ?? null,
        client_cert_pem: input.client_cert_pem ?? null,
        sealed_client_key: clientKey,
        sealed_secret: secret?.sealed ?? null,
        key_version: secret?.keyVersion ?? null,
        since: input.since ? new Date(input.since) : new Date(),
        created_by: createdBy,
      },
    })
    const view = await viewIn(tx, tenant, row)
    await recordIn(tx, view)
    return view
  })
}

const rowIn = async (tx: Tx, tenant: Tenant, id: string): Promise<StreamRow> => {
  const row = await tx.audit_streams.findFirst({ where: { org_id: tenant.orgId, id } })
  if (!row) throw new AppError('not_found')
  return row
}

/** @throws AppError `not_found` */
export const getStream = (tenant: Tenant, id: string): Promise<AuditStream> =>
  forOrg(tenant, async (tx) => viewIn(tx, tenant, await rowIn(tx, tenant, id)))

/** Newest first; there are few. */
export const listStreams = (tenant: Tenant): Promise<AuditStream[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.audit_streams.findMany({
      where: { org_id: tenant.orgId },
      orderBy: { id: 'desc' },
    })
    const views: AuditStream[] = []
    for (const row of rows) views.push(await viewIn(tx, tenant, row))
    return views
  })

/** @throws AppError `not_found` */
export async function changeStreamIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  { name, paused }: AuditStreamChange,
): Promise<AuditStream> {
  const row = await rowIn(tx, tenant, id)
  return viewIn(
    tx,
    tenant,
    await tx.audit_streams.update({
      where: { org_id_id: { org_id: tenant.orgId, id } },
      data: {
        ...(name !== undefined && { name }),
        ...(paused !== undefined && { paused_at: paused ? (row.paused_at ?? new Date()) : null }),
      },
    }),
  )
}

/** @throws AppError `not_found` */
export async function deleteStreamIn(tx: Tx, tenant: Tenant, id: string): Promise<void> {
  const { count } = await tx.audit_streams.deleteMany({ where: { org_id: tenant.orgId, id } })
  if (count === 0) throw new AppError('not_found')
}
