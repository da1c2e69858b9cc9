import { exportList } from '../../../list/export.ts'
import { askPeople, columns, readPeople } from '../list.tsx'

/** The people that the address filters, as a file. */
export async function GET(request: Request, { params }: { params: Promise<{ org: string }> }) {
  return exportList(request, (await params).org, {
    list: 'people',
    columns,
    ask: (given) => askPeople(given, null),
    read: readPeople,
  })
}
