import { exportList } from '../../../list/export.ts'
import { requireTenant } from '../../../session.ts'
import { askAgents, columnsOf, readAgents } from '../list.tsx'

/** The agents that the address filters, as a file. */
export async function GET(request: Request, { params }: { params: Promise<{ org: string }> }) {
  const { org } = await params
  const { tenant } = await requireTenant(org, 'agents.read')
  return exportList(request, org, {
    list: 'agents',
    columns: columnsOf(tenant),
    ask: (given) => askAgents(given, null),
    read: readAgents,
  })
}
