import type { Metadata } from 'next'
import { DataTable } from '#components/console/table/data-table'
import { Badge } from '#components/ui/badge'
import { listAuthConfigs } from '#lib/oauth'
import type { AuthConfigView } from '#lib/oauth/schema'
import { deploymentTenant } from '#lib/tenancy'
import { connectors } from '#runtime'
import { isDeployment, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'

export const metadata: Metadata = { title: 'Connectors' }

/** An org has one client per connector or two; far fewer than this in all. */
const configsMost = 500

type Ready = { words: string; tone: 'success' | 'warning' | 'neutral' }

function readiness(own: readonly AuthConfigView[], shared: boolean): Ready {
  if (own.some(({ disabled }) => !disabled)) return { words: 'Ready', tone: 'success' }
  if (own.length > 0) return { words: 'Disabled', tone: 'warning' }
  return shared
    ? { words: 'Ready, through the deployment', tone: 'success' }
    : { words: 'Not set up', tone: 'neutral' }
}

export default async function ConnectorsPage({ params }: { params: Promise<{ org: string }> }) {
  const admin = await requireTenant((await params).org, 'connectors.read')
  const { tenant, caller } = admin
  const [own, ofDeployment] = await Promise.all([
    listAuthConfigs(tenant, {}, null, configsMost),
    isDeployment(tenant) || caller.reach !== null
      ? []
      : listAuthConfigs(deploymentTenant(caller), {}, null, configsMost),
  ])
  const all = Object.values(connectors).sort((a, b) => a.name.localeCompare(b.name, 'en'))
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="connectors">
      <h1 className="text-xl font-semibold tracking-tight">Connectors</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        What people can connect, and through which OAuth client of yours. Clients are made and changed by the
        API (<code className="font-mono text-xs">/api/v1/auth_configs</code>).
      </p>
      <div className="mt-6">
        <DataTable
          label="Connectors"
          dense={false}
          bulk={[]}
          filter=""
          matching={null}
          columns={[
            { id: 'name', header: 'Connector' },
            { id: 'ready', header: 'State' },
            { id: 'tools', header: 'Tools', end: true },
            { id: 'clients', header: 'Clients' },
          ]}
          rows={all.map((connector) => {
            const clients = own.filter((config) => config.connector === connector.id)
            const shared = ofDeployment.some(
              (config) => config.connector === connector.id && !config.disabled,
            )
            const { words, tone } = readiness(clients, shared)
            return {
              id: connector.id,
              name: connector.name,
              cells: {
                name: (
                  <>
                    <span className="font-medium">{connector.name}</span>
                    <code className="block font-mono text-xs text-muted-fg">{connector.id}</code>
                  </>
                ),
                ready: <Badge tone={tone}>{words}</Badge>,
                tools: Object.keys(connector.tools).length,
                clients:
                  clients.length === 0 ? (
                    <span className="text-muted-fg">None of its own</span>
                  ) : (
                    <ul className="grid gap-2">
                      {clients.map((client) => (
                        <li key={client.id} className="min-w-44">
                          <span className="wrap-anywhere">{client.name}</span>
                          {client.disabled && <span className="text-muted-fg"> (disabled)</span>}
                          <code className="block font-mono text-xs break-all text-muted-fg">
                            {client.client_id || client.id}
                          </code>
                          <span className="block text-xs text-muted-fg">
                            {client.kind === 'form'
                              ? 'People paste a credential of their own'
                              : client.events_signed
                                ? 'It tells us, signed, of consents that end there'
                                : 'It does not tell us of consents that end there'}
                          </span>
                        </li>
                      ))}
                    </ul>
                  ),
              },
            }
          })}
        />
      </div>
    </ConsoleShell>
  )
}
