import { z } from 'zod'
import { accessReport, exportFormats, exportStream, processingReport, reportStream } from '#lib/audit'
import { config } from '#lib/config'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { parse, traced } from '#lib/http'
import { audited } from '#runtime'
import { isDeployment, requireTenant } from '../../../session.ts'

type Context = { params: Promise<{ org: string; kind: string }> }

const day = z.iso.date()
const asked = z.strictObject({
  since: day,
  until: day.describe('The last day, which is in it'),
  format: z.enum(['json', 'html', 'ndjson', 'csv', 'ocsf']),
})

const exportKinds = ['ndjson', 'csv', 'ocsf'] as const
const isExport = (format: string): format is (typeof exportKinds)[number] =>
  (exportKinds as readonly string[]).includes(format)

const types = { json: 'application/json', html: 'text/html; charset=utf-8' } as const
const kinds = ['soc2_cc6_1', 'gdpr_art30', 'events']

/** A report for auditors, or the events themselves, of a period. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  const { org, kind } = await params
  const { caller, tenant } = await requireTenant(org, 'audit.export')
  return traced(request, '/console/[org]/reports/[kind]', async (origin) => {
    if (!kinds.includes(kind) || (kind !== 'events' && isDeployment(tenant))) throw new AppError('not_found')
    const query = Object.fromEntries(new URL(request.url).searchParams)
    const { format, ...days } = parse(asked, query, 'period')
    const since = `${days.since}T00:00:00Z`
    const until = new Date(Date.parse(`${days.until}T00:00:00Z`) + 86_400_000).toISOString()
    if (until <= since) throw new AppError('invalid_request', { detail: 'The last day is before the first.' })
    const file = (type: string, ending: string, body: ReadableStream<Uint8Array>) =>
      new Response(body, {
        headers: {
          'content-type': type,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          'content-disposition': `attachment; filename="${kind}-${tenant.externalId.replace(/[^\w.@-]/g, '')}.${ending}"`,
        },
      })
    if (kind === 'events') {
      if (!isExport(format)) throw new AppError('invalid_request', { detail: 'No such format.' })
      await forOrg(tenant, (tx) =>
        audited(tx, tenant, caller, origin, 'audit.exported', { format, filter: 'since until' }),
      )
      const ending = format === 'csv' ? 'csv' : 'ndjson'
      return file(exportFormats[format].type, ending, exportStream(tenant, { since, until }, format))
    }
    if (isExport(format)) throw new AppError('invalid_request', { detail: 'No such format.' })
    const facts = { kind, since, until, format }
    await forOrg(tenant, (tx) => audited(tx, tenant, caller, origin, 'report.exported', facts))
    const report =
      kind === 'soc2_cc6_1'
        ? await accessReport(tenant, { since, until })
        : await processingReport(tenant, { since, until }, config().audit.retentionDays)
    return file(types[format], format, reportStream(report, format))
  })
}
