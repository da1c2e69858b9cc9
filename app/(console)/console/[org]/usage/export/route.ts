import { notFound } from 'next/navigation'
import { listStream, listTypes } from '#lib/console'
import { forOrg, lookupTenant } from '#lib/db'
import { AppError, toAppError } from '#lib/errors'
import { audited, originOf } from '#runtime'
import { isDeployment, requireTenant } from '../../../session.ts'
import { readUsage } from '../asked.ts'
import { orgsByUse } from '../everywhere.ts'
import { type Taken, takeTable, usageTables } from '../tables.ts'

const refused = (error: AppError) =>
  new Response(`${error.message}\n`, { status: error.status, headers: { 'content-type': 'text/plain' } })

/** One of the tables of the page, for the same time and filter, as CSV. The audit says who took it along. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ org: string }> },
): Promise<Response> {
  const { caller, tenant } = await requireTenant((await params).org, 'usage.read')
  const now = new Date()
  const { table: wanted, ...query } = Object.fromEntries(new URL(request.url).searchParams)
  const everywhere = isDeployment(tenant)
  const table = everywhere ? 'orgs' : usageTables.find((one) => one === wanted)
  if (table === undefined) notFound()
  const { range, filter, fault } = await readUsage(Promise.resolve(query), now)
  if (fault !== null) return refused(new AppError('invalid_request', { detail: fault }))
  try {
    await forOrg(tenant, (tx) =>
      audited(tx, tenant, caller, originOf(request.headers), 'records.exported', {
        list: `usage_${table}`,
        format: 'csv',
        filter: ['range', ...Object.keys(filter)].join(' '),
      }),
    )
  } catch (thrown) {
    // What cannot be recorded is not handed out.
    return refused(toAppError(thrown))
  }
  const { columns, rows }: Taken =
    table === 'orgs' ? await takeOrgs(range) : await takeTable(tenant, table, range, filter, now)
  const day = (at: Date) => at.toISOString().slice(0, 10)
  const org = everywhere ? 'deployment' : tenant.externalId.replace(/[^\w.@-]/g, '')
  const name = `usage-${table}-${org}-${day(range.since)}-${day(new Date(range.until.getTime() - 1))}.csv`
  const cells = columns.map((id, at) => ({
    id,
    value: (row: Taken['rows'][number]) => row[at] ?? '',
  }))
  return new Response(
    listStream('csv', cells, async () => ({ rows, next: null })),
    {
      headers: {
        'content-type': listTypes.csv,
        'cache-control': 'no-store',
        'content-disposition': `attachment; filename="${name}"`,
        'x-content-type-options': 'nosniff',
      },
    },
  )
}

async function takeOrgs(range: { since: Date; until: Date }): Promise<Taken> {
  const lines = await orgsByUse(range)
  const ids = await Promise.all(lines.map(async ({ orgId }) => (await lookupTenant(orgId))?.externalId ?? ''))
  return {
    columns: ['org_id', 'succeeded', 'failed', 'unsettled', 'refused', 'cost_units', 'counted_through'],
    rows: lines.map(({ succeeded, failed, unsettled, denied, units, through }, at) => [
      ids[at] ?? '',
      succeeded,
      failed,
      unsettled,
      denied,
      units,
      through?.toISOString() ?? '',
    ]),
  }
}
