import { exportList } from '../../../list/export.ts'
import { askConnections, columns, readConnections } from '../list.tsx'

/** The connections that the address filters, as a file. */
export async function GET(request: Request, { params }: { params: Promise<{ org: string }> }) {
  return exportList(request, (await params).org, {
    list: 'accounts',
    columns,
    ask: (given) => askConnections(given, null),
    read: readConnections,
  })
}
