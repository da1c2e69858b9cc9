import { type ExportPage, type ListFormat, listFormats, listStream, listTypes } from '#lib/console'
import { forOrg } from '#lib/db'
import { AppError, toAppError } from '#lib/errors'
import type { Tenant } from '#lib/proof'
import { audited, originOf } from '#runtime'
import { requireTenant } from '../session.ts'
import { type ListName, lists } from './lists.ts'
import type { AskedList, ListColumn } from './read.ts'

/** Rows of one page of an export: what it holds in memory at any time. */
const exportRows = 200

type Exported<Row, Context, Filter> = {
  list: ListName
  columns: readonly ListColumn<Row, Context>[]
  ask: (params: Promise<Record<string, string>>) => Promise<AskedList<Filter>>
  read: (
    tenant: Tenant,
    asked: AskedList<Filter>,
    cursor: string | null,
    most: number,
  ) => Promise<ExportPage<Row>>
}

const isFormat = (text: string | null): text is ListFormat => listFormats.some((format) => format === text)

/** Plain: whoever follows the link from the list has a list that can be exported. */
const refused = (error: AppError) =>
  new Response(`${error.message}\n`, { status: error.status, headers: { 'content-type': 'text/plain' } })

/**
 * The whole list that an address filters, as a file. It takes what reading the list takes, and the audit says who took
 * it along (THREATS.md K4).
 */
export async function exportList<Row, Context, Filter extends object>(
  request: Request,
  org: string,
  { list, columns, ask, read }: Exported<Row, Context, Filter>,
): Promise<Response> {
  const { caller, tenant } = await requireTenant(org, lists[list])
  const { format, ...params } = Object.fromEntries(new URL(request.url).searchParams)
  if (!isFormat(format ?? null)) return refused(new AppError('not_found'))
  const kind = format as ListFormat
  const asked = await ask(Promise.resolve(params))
  if (asked.fault !== null) return refused(new AppError('invalid_request', { detail: asked.fault }))
  try {
    const filter = Object.keys(asked.filter).sort().join(' ')
    await forOrg(tenant, (tx) =>
      audited(tx, tenant, caller, originOf(request.headers), 'records.exported', {
        list,
        format: kind,
        filter,
      }),
    )
  } catch (thrown) {
    // What cannot be recorded is not handed out.
    return refused(toAppError(thrown))
  }
  const name = `${list}-${tenant.externalId.replace(/[^\w.@-]/g, '')}.${kind}`
  return new Response(
    listStream(kind, columns, (cursor) => read(tenant, asked, cursor, exportRows)),
    {
      headers: {
        'content-type': listTypes[kind],
        'cache-control': 'no-store',
        'content-disposition': `attachment; filename="${name}"`,
        'x-content-type-options': 'nosniff',
      },
    },
  )
}
