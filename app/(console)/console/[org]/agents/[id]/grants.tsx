import Link from 'next/link'
import { Time } from '#components/console/time'
import { Badge } from '#components/ui/badge'
import { Table, Td, Th } from '#components/ui/table'
import { listAgentGrants } from '#lib/connect'
import type { Tenant } from '#lib/proof'

const most = 50

const words = { active: 'In force', expired: 'Expired', revoked: 'Ended' } as const

/** What people of an org let a client use on the page that asked them. */
export async function Grants({ tenant, agentId, base }: { tenant: Tenant; agentId: string; base: string }) {
  const grants = await listAgentGrants(tenant, { agent_id: agentId }, null, most)
  return (
    <section className="mt-10">
      <h2 className="mb-3 font-semibold">What people let it use</h2>
      {grants.length === 0 ? (
        <p className="max-w-prose text-sm text-muted-fg">
          Nobody was asked by this client yet. Connections that name it are with the{' '}
          <Link href={`${base}/accounts`} className="text-link underline underline-offset-2">
            connected accounts
          </Link>
          .
        </p>
      ) : (
        <Table label="What people let it use">
          <thead>
            <tr>
              <Th>Who</Th>
              <Th>Status</Th>
              <Th>Accounts</Th>
              <Th>Since</Th>
              <Th>Until</Th>
            </tr>
          </thead>
          <tbody>
            {grants.map((grant) => (
              <tr key={grant.id}>
                <Td className="wrap-anywhere">{grant.user_id}</Td>
                <Td>
                  <Badge tone={grant.status === 'active' ? 'success' : 'neutral'}>
                    {words[grant.status]}
                  </Badge>
                  {grant.status === 'active' && grant.changed_tools.length > 0 && (
                    <p className="mt-1 max-w-48 text-xs text-muted-fg">
                      Changed since, to be asked about again:{' '}
                      <span className="font-mono break-all">{grant.changed_tools.join(', ')}</span>
                    </p>
                  )}
                </Td>
                <Td>
                  {grant.connected_accounts.map(({ id, tools }) => (
                    <div key={id}>
                      <Link
                        href={`${base}/accounts/${id}`}
                        className="text-link underline-offset-2 hover:underline"
                      >
                        <code className="font-mono text-xs break-all">{id}</code>
                      </Link>{' '}
                      <span className="text-muted-fg">
                        {tools.length} {tools.length === 1 ? 'tool' : 'tools'}
                      </span>
                    </div>
                  ))}
                </Td>
                <Td className="whitespace-nowrap">
                  <Time at={grant.created_at} />
                </Td>
                <Td className="whitespace-nowrap">
                  <Time at={grant.revoked_at ?? grant.expires_at} absent="No end" />
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </section>
  )
}
