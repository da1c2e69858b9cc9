import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert'
import { Badge } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import { Table, Td, Th } from '#components/ui/table'
import { type MemberRole, memberRoles, type SsoConnection, type SsoDomain } from '#lib/identity/schema'
import type { ScopeCeiling } from '#lib/scopes/schema'
import { Time } from '../time.tsx'

export const roleWords = (role: MemberRole): string =>
  `${role[0]?.toUpperCase()}${role.slice(1).replaceAll('_', ' ')}`

export const roleChoices = memberRoles.map((role) => ({ role, words: roleWords(role) }))

const Fact = ({ words, children }: { words: string; children: ReactNode }) => (
  <div className="grid gap-0.5 sm:grid-cols-[11rem_minmax(0,1fr)]">
    <dt className="text-muted-fg">{words}</dt>
    <dd className="wrap-anywhere">{children}</dd>
  </div>
)

const Code = ({ children }: { children: ReactNode }) => (
  <code className="font-mono text-xs wrap-anywhere select-all">{children}</code>
)

/** An identity provider: what it is, what to register there, who becomes what. */
export const ConnectionCard = ({
  connection,
  unbind,
  children,
}: {
  connection: SsoConnection
  /** What takes a binding away; absent for those who only read. */
  unbind?: ((group: string) => ReactNode) | undefined
  children?: ReactNode
}) => {
  const bindings = Object.entries(connection.roleBindings)
  return (
    <Card className="grid gap-4 p-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h3 className="font-semibold wrap-anywhere">{connection.name}</h3>
        <Badge tone={connection.status === 'on' ? 'success' : 'neutral'}>
          {connection.status === 'on' ? 'On' : 'Off'}
        </Badge>
      </div>
      <dl className="grid gap-2 text-sm">
        <Fact words="Issuer">{connection.issuer}</Fact>
        <Fact words="Client ID">{connection.clientId}</Fact>
        <Fact words="Redirect URI">
          <Code>{connection.redirectUri}</Code>
        </Fact>
        <Fact words="Scopes">{connection.scopes.join(' ')}</Fact>
        <Fact words="Claim with the groups">{connection.groupsClaim}</Fact>
        <Fact words="New members">
          {connection.createsMembers ? 'Made at their first sign-in' : 'Invited alone'}
        </Fact>
      </dl>
      {bindings.length > 0 ? (
        <Table label={`Groups of ${connection.name} and their roles`}>
          <thead>
            <tr>
              <Th>Group</Th>
              <Th className="hidden sm:table-cell">Role</Th>
              {unbind && (
                <Th className="w-px">
                  <span className="sr-only">Remove</span>
                </Th>
              )}
            </tr>
          </thead>
          <tbody>
            {bindings.map(([group, role]) => (
              <tr key={group}>
                <Td className="wrap-anywhere">
                  {group}
                  <span className="block text-xs text-muted-fg sm:hidden">{roleWords(role)}</span>
                </Td>
                <Td className="hidden sm:table-cell">{roleWords(role)}</Td>
                {unbind && <Td className="w-px ps-0 sm:ps-4">{unbind(group)}</Td>}
              </tr>
            ))}
          </tbody>
        </Table>
      ) : (
        <p className="text-sm text-muted-fg">
          No group is bound to a role yet, so nobody becomes a member by it.
        </p>
      )}
      {children}
    </Card>
  )
}

/** A domain of addresses: how it stands, what to publish, what is wrong. */
export const SsoDomainCard = ({ domain, children }: { domain: SsoDomain; children?: ReactNode }) => (
  <Card className="grid gap-3 p-5">
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <h3 className="font-semibold wrap-anywhere">{domain.domain}</h3>
      <Badge tone={domain.verified ? 'success' : 'neutral'}>
        {domain.verified ? 'Verified' : 'Waiting for its record'}
      </Badge>
    </div>
    {domain.problem !== null && (
      <Alert tone={domain.verified ? 'warning' : 'info'} title="What the last check found">
        <p className="wrap-anywhere">{domain.problem}</p>
      </Alert>
    )}
    <dl className="grid gap-2 text-sm">
      <Fact words="TXT record at">
        <Code>{domain.record.name}</Code>
      </Fact>
      <Fact words="Value">
        <Code>{domain.record.value}</Code>
      </Fact>
      <Fact words="Checked">
        <Time at={domain.checkedAt} absent="not yet" />
      </Fact>
    </dl>
    <div className="flex flex-wrap items-start gap-3">{children}</div>
  </Card>
)

/** What the groups of end users may use at most; they are set through the API. */
export const CeilingsTable = ({ ceilings }: { ceilings: readonly ScopeCeiling[] }) => (
  <Table label="Scope ceilings by group of end users">
    <thead>
      <tr>
        <Th>Connector</Th>
        <Th>Group</Th>
        <Th>Scopes at most</Th>
      </tr>
    </thead>
    <tbody>
      {ceilings.map(({ id, connector, group, scopes }) => (
        <tr key={id}>
          <Td>{connector}</Td>
          <Td className="wrap-anywhere">{group ?? 'Whoever is in no bound group'}</Td>
          <Td className="wrap-anywhere">{scopes.length > 0 ? scopes.join(', ') : 'None'}</Td>
        </tr>
      ))}
    </tbody>
  </Table>
)
