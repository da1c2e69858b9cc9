import type { AuthConfigView } from '#lib/oauth/schema'
import { ConfirmAction, type ConfirmResult } from '../confirm-action.tsx'

type Props = {
  clients: readonly AuthConfigView[]
  connectorName: string
  /** Whether people can connect through a client of the deployment's where an organization's own are disabled. */
  shared: boolean
  /** `null` for whoever may not change one. */
  actionOf: ((client: AuthConfigView, disable: boolean) => () => Promise<ConfirmResult>) | null
}

const told = ({ kind, events_signed }: AuthConfigView) => {
  if (kind === 'form') return 'People paste a credential of their own'
  return events_signed
    ? 'It tells us, signed, of consents that end there'
    : 'It does not tell us of consents that end there'
}

/** The OAuth clients of one connector, each with a switch. */
export const Clients = ({ clients, connectorName, shared, actionOf }: Props) =>
  clients.length === 0 ? (
    <span className="text-muted-fg">None of its own</span>
  ) : (
    <ul className="grid gap-3">
      {clients.map((client) => {
        const others = shared || clients.some((other) => other !== client && !other.disabled)
        return (
          <li key={client.id} className="grid min-w-44 gap-1">
            <span className="wrap-anywhere">
              {client.name}
              {client.disabled && <span className="text-muted-fg"> (disabled)</span>}
            </span>
            <code className="block font-mono text-xs break-all text-muted-fg">
              {client.client_id || client.id}
            </code>
            <span className="block text-xs text-muted-fg">{told(client)}</span>
            {actionOf && (
              <ConfirmAction
                action={actionOf(client, !client.disabled)}
                label={client.disabled ? `Enable ${client.name}` : `Disable ${client.name}`}
                title={client.disabled ? `Enable ${client.name}?` : `Disable ${client.name}?`}
                confirm={client.disabled ? 'Enable' : 'Disable'}
                variant={client.disabled ? 'primary' : 'danger'}
              >
                <Consequence
                  enables={client.disabled}
                  others={others}
                  shared={shared}
                  connectorName={connectorName}
                />
              </ConfirmAction>
            )}
          </li>
        )
      })}
    </ul>
  )

const Consequence = ({
  enables,
  others,
  shared,
  connectorName,
}: {
  enables: boolean
  others: boolean
  shared: boolean
  connectorName: string
}) =>
  enables ? (
    <p>People connect {connectorName} through it again.</p>
  ) : (
    <>
      <p>
        Nobody connects {connectorName} through it any more.{' '}
        {others
          ? `They still can through ${shared ? 'the client of the deployment' : 'another client here'}.`
          : `With no other client, ${connectorName} is not offered.`}
      </p>
      <p>Accounts that are connected go on: they are renewed, and may be called. To end calls, stop them.</p>
    </>
  )
