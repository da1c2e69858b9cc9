import { csvReport, evidenceReport, reportStream } from '#lib/audit'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { traced } from '#lib/http'
import { audited, originOf } from '#runtime'
import { requireTenant } from '../../../session.ts'
import { readAsked } from '../asked.ts'

type Context = { params: Promise<{ org: string }> }

const types = {
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
} as const

const isFormat = (text: string): text is keyof typeof types => Object.hasOwn(types, text)

/** Evidence of what the filter in the address finds, as a file. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  const { caller, tenant } = await requireTenant((await params).org, 'audit.export')
  return traced(request, '/console/[org]/audit/evidence', async () => {
    const query = new URL(request.url).searchParams
    const format = query.get('format') ?? 'json'
    const { given, filter, fault } = await readAsked(tenant, query)
    if (fault !== null || !isFormat(format))
      throw new AppError('invalid_request', { detail: fault ?? 'No such format.' })
    const asked = Object.entries(given)
    const words = asked
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')
      .slice(0, 500)
    // Written before the report is begun: what the file has is what there was when this was.
    await forOrg(tenant, (tx) =>
      audited(tx, tenant, caller, originOf(request.headers), 'report.exported', {
        kind: 'evidence',
        format,
        filter: words,
      }),
    )
    const report = await evidenceReport(tenant, filter, asked)
    const name = `evidence-${tenant.externalId.replace(/[^\w.@-]/g, '')}.${format}`
    return new Response(format === 'csv' ? csvReport(report) : reportStream(report, format), {
      headers: {
        'content-type': types[format],
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        // A file even where it is a page: on this origin its own style would not be let in.
        'content-disposition': `attachment; filename="${name}"`,
      },
    })
  })
}
