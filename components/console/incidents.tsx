import Link from 'next/link'
import { Alert } from '#components/ui/alert'
import { Badge } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import { Table, Td, Th } from '#components/ui/table'
import type { Incident } from '#lib/connect/schema'
import { ConfirmAction, type ConfirmResult } from './confirm-action.tsx'
import { Fact, Facts } from './facts.tsx'
import { Time } from './time.tsx'

type Names = Readonly<Record<string, string>>

const accounts = (count: number): string => `${count} ${count === 1 ? 'account is' : 'accounts are'}`

/** On the console's first page while an incident is open. */
export function IncidentBanner({
  incidents,
  connectorNames,
  href,
}: {
  incidents: readonly Pick<Incident, 'connector' | 'held'>[]
  connectorNames: Names
  href: string
}) {
  if (incidents.length === 0) return null
  const names = [...new Set(incidents.map(({ connector }) => connectorNames[connector] ?? connector))]
  const held = incidents.reduce((sum, incident) => sum + (incident.held ?? 0), 0)
  return (
    <Alert tone="warning" title={`${names.join(', ')}: too many renewals refused alike`}>
      {accounts(held)} held, none is disconnected.{' '}
      <Link href={href} className="text-link underline underline-offset-2">
        Look at it
      </Link>
    </Alert>
  )
}

/** An open incident, with the decision that only a person can take. */
export function OpenIncident({
  incident,
  connectorNames,
  action,
}: {
  incident: Incident
  connectorNames: Names
  action: (previous: ConfirmResult, form: FormData) => Promise<ConfirmResult>
}) {
  const name = connectorNames[incident.connector] ?? incident.connector
  return (
    <Card className="p-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="font-semibold">{name} refuses too many renewals alike</h3>
        <Badge tone="warning">Open</Badge>
      </div>
      <div className="mt-4">
        <Facts>
          <Fact name="What it answers">
            <code className="font-mono text-xs">{incident.error_code}</code>
          </Fact>
          <Fact name="Since">
            <Time at={incident.started_at} />
          </Fact>
          <Fact name="Last refused">
            <Time at={incident.last_seen_at} />
          </Fact>
          <Fact name="Accounts held">{incident.held}</Fact>
          <Fact name="OAuth client">
            {incident.auth_config_name}{' '}
            <code className="font-mono text-xs break-all text-muted-fg">{incident.auth_config_id}</code>
          </Fact>
        </Facts>
      </div>
      <div className="mt-5 grid gap-4 border-t border-border pt-4 text-sm md:grid-cols-2 md:gap-8">
        <div>
          <h4 className="font-medium">Do nothing, if this may be a fault</h4>
          <p className="mt-1 text-muted-fg">
            No account is disconnected. Each is tried again every few minutes; a token that still works goes
            on working. Once {name} renews again, this closes by itself. Look at its status page, and at what
            you changed last: client id, secret, redirect address.
          </p>
        </div>
        <div className="grid content-start gap-3">
          <div>
            <h4 className="font-medium">Confirm, if the refusals are right</h4>
            <p className="mt-1 text-muted-fg">
              For example when your app was removed at {name}, or a customer withdrew it for everyone.
              Accounts that are refused again are then disconnected, and their users must connect again.
            </p>
          </div>
          <ConfirmAction
            action={action}
            label="These refusals are right: let the accounts be disconnected"
            title={`Let the accounts of ${name} be disconnected?`}
            confirm="Disconnect what is refused"
            variant="danger"
          >
            <p>
              {accounts(incident.held ?? 0)} held now. Each is tried once more within ten minutes: those that{' '}
              {name} renews stay connected, those that it refuses with{' '}
              <code className="font-mono text-xs">{incident.error_code}</code> become “Needs reconnecting”.
            </p>
            <p>A disconnected account works again only after its user has connected it again.</p>
          </ConfirmAction>
        </div>
      </div>
    </Card>
  )
}

const ends = {
  recovered: { words: 'Renews again', tone: 'success' },
  confirmed: { words: 'Confirmed', tone: 'neutral' },
} as const

export const PastIncidents = ({
  incidents,
  connectorNames,
}: {
  incidents: readonly Incident[]
  connectorNames: Names
}) => (
  <Table label="Past incidents">
    <thead>
      <tr>
        <Th>Provider</Th>
        <Th>How it ended</Th>
        <Th className="hidden md:table-cell">From</Th>
        <Th className="hidden md:table-cell">Until</Th>
      </tr>
    </thead>
    <tbody>
      {incidents.map((incident) => (
        <tr key={incident.id}>
          <Td>
            <span className="font-medium">{connectorNames[incident.connector] ?? incident.connector}</span>
            <span className="mt-0.5 block text-xs text-muted-fg">
              <code className="font-mono break-all">{incident.error_code}</code>
            </span>
            <span className="block text-xs text-muted-fg md:hidden">
              <Time at={incident.started_at} /> to <Time at={incident.resolved_at} />
            </span>
          </Td>
          <Td>
            {incident.resolution && (
              <Badge tone={ends[incident.resolution].tone}>{ends[incident.resolution].words}</Badge>
            )}
          </Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={incident.started_at} />
          </Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={incident.resolved_at} />
          </Td>
        </tr>
      ))}
    </tbody>
  </Table>
)
