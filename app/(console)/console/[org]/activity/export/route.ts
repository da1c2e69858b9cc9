import { exportList } from '../../../list/export.ts'
import { askCalls, columns, readCalls } from '../list.tsx'

/** The calls that the address filters, as a file; what they carried is not among it. */
export async function GET(request: Request, { params }: { params: Promise<{ org: string }> }) {
  return exportList(request, (await params).org, {
    list: 'activity',
    columns,
    ask: (given) => askCalls(given, null),
    read: readCalls,
  })
}
