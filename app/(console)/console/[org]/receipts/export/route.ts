import { exportList } from '../../../list/export.ts'
import { askReceipts, columns, readReceipts } from '../list.tsx'

/** The receipts that the address filters, as a file; the signed documents are behind their own addresses. */
export async function GET(request: Request, { params }: { params: Promise<{ org: string }> }) {
  return exportList(request, (await params).org, {
    list: 'receipts',
    columns,
    ask: (given) => askReceipts(given, null),
    read: readReceipts,
  })
}
