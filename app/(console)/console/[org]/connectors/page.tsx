import type { Metadata } from 'next'
import Link from 'next/link'
import { Clients } from '#components/console/connectors/clients'
import { DataTable } from '#components/console/table/data-table'
import { Badge } from '#components/ui/badge'
import type { Connector } from '#lib/connector-kit'
import { forOrg } from '#lib/db'
import { permits } from '#lib/identity/schema'
import { listStops } from '#lib/limits'
import { listAuthConfigs, sharedConnectorsIn } from '#lib/oauth'
import { connectorListOf, inListOrder } from '#lib/tenancy'
import { connectors } from '#runtime'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { setClientDisabled } from './actions.ts'

export const metadata: Metadata = { title: 'Connectors' }

/** An org has one client per connector or two; far fewer than this in all. */
const configsMost = 500
const stopsMost = 200
const link = 'text-link underline-offset-2 hover:underline'

export default async function ConnectorsPage({ params }: { params: Promise<{ org: string }> }) {
  const admin = await requireTenant((await params).org, 'connectors.read')
  const { tenant, caller } = admin
  const [own, ofDeployment, list, stops] = await Promise.all([
    listAuthConfigs(tenant, {}, null, configsMost),
    // That there is one is all that an org's people learn of it.
    isDeployment(tenant) ? new Set<string>() : forOrg(tenant, sharedConnectorsIn),
    connectorListOf(tenant),
    listStops(tenant, { status: 'active' }, null, stopsMost),
  ])
  const offered = new Set(inListOrder(list, Object.keys(connectors)))
  const base = pathOf(tenant)
  const segment = base.slice('/console/'.length)
  const stopOf = (id: string) =>
    stops.find(({ subject: { type, id: stopped } }) =>
      type === 'connector' ? stopped === id : type === 'org' || type === 'all',
    ) ?? null
  const row = (connector: Connector) => {
    const clients = own.filter((config) => config.connector === connector.id)
    const enabled = clients.some(({ disabled }) => !disabled)
    const shared = ofDeployment.has(connector.id)
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
        ready: (
          <div className="grid justify-items-start gap-1">
            <Readiness enabled={enabled} shared={shared} disabled={clients.length > 0} />
            {!offered.has(connector.id) && (
              <Link href={`${base}/branding`} className={`text-xs ${link}`}>
                Hidden from the portal
              </Link>
            )}
          </div>
        ),
        calls: (
          <Calls
            id={connector.id}
            name={connector.name}
            base={base}
            stopId={stopOf(connector.id)?.id ?? null}
            mayStop={permits(caller.role, 'stops.manage')}
          />
        ),
        tools: Object.keys(connector.tools).length,
        clients: (
          <Clients
            clients={clients}
            connectorName={connector.name}
            shared={shared}
            actionOf={
              permits(caller.role, 'connectors.manage')
                ? (client, disable) => setClientDisabled.bind(null, segment, client.id, disable)
                : null
            }
          />
        ),
      },
    }
  }
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="connectors">
      <h1 className="text-xl font-semibold tracking-tight">Connectors</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        What people can connect, and through which OAuth client of yours. Clients are made by the API (
        <code className="font-mono text-xs">/api/v1/auth_configs</code>). Disabling one ends new connections
        through it; stopping a connector ends its calls.
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
            { id: 'ready', header: 'New connections' },
            { id: 'calls', header: 'Calls' },
            { id: 'tools', header: 'Tools', end: true },
            { id: 'clients', header: 'Clients' },
          ]}
          rows={Object.values(connectors)
            .sort((a, b) => a.name.localeCompare(b.name, 'en'))
            .map(row)}
        />
      </div>
    </ConsoleShell>
  )
}

const Readiness = ({
  enabled,
  shared,
  disabled,
}: {
  enabled: boolean
  shared: boolean
  disabled: boolean
}) => {
  if (enabled) return <Badge tone="success">Ready</Badge>
  if (shared) return <Badge tone="success">Ready, through the deployment</Badge>
  return disabled ? <Badge tone="warning">Disabled</Badge> : <Badge tone="neutral">Not set up</Badge>
}

const Calls = ({
  id,
  name,
  base,
  stopId,
  mayStop,
}: {
  id: string
  name: string
  base: string
  stopId: string | null
  mayStop: boolean
}) => {
  if (stopId !== null)
    return (
      <Link href={`${base}/stops/${stopId}`} className={link} aria-label={`Stopped: ${name}`}>
        Stopped
      </Link>
    )
  if (!mayStop) return <span className="text-muted-fg">Let through</span>
  return (
    <Link
      href={`${base}/stops/new?step=confirm&type=connector&id=${encodeURIComponent(id)}`}
      className={link}
      aria-label={`Stop calls at ${name}`}
    >
      Stop calls
    </Link>
  )
}
