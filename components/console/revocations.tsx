import Link from 'next/link'
import { Badge } from '#components/ui/badge'
import { Table, Td, Th } from '#components/ui/table'
import type { Revocation, RevokedAccount } from '#lib/connect/schema'
import { filterWords } from './revocation-words.ts'
import { Time } from './time.tsx'

export { filterWords }

type Names = Readonly<Record<string, string>>
const link = 'font-medium text-link underline-offset-2 wrap-anywhere hover:underline'

export const RevocationStatus = ({ status }: Pick<Revocation, 'status'>) =>
  status === 'done' ? <Badge tone="success">Done</Badge> : <Badge tone="info">Telling providers</Badge>

/** Mass revocations, newest first. */
export const RevocationsTable = ({
  revocations,
  connectorNames,
  pathOf,
  byOrg = false,
}: {
  revocations: readonly Revocation[]
  connectorNames: Names
  pathOf: (revocation: Revocation) => string
  /** Names each by its organization: the parts of one. */
  byOrg?: boolean
}) => (
  <Table label={byOrg ? 'Revocations by organization' : 'Revocations'}>
    <thead>
      <tr>
        <Th>{byOrg ? 'Organization' : 'What'}</Th>
        <Th className="text-right">Accounts</Th>
        <Th>Status</Th>
        <Th className="hidden md:table-cell">When</Th>
      </tr>
    </thead>
    <tbody>
      {revocations.map((revocation) => (
        <tr key={revocation.id}>
          <Td>
            <Link href={pathOf(revocation)} className={link}>
              {byOrg ? revocation.org_id : filterWords(revocation.filter, connectorNames)}
            </Link>
            {!byOrg && (
              <span className="mt-0.5 block text-xs text-muted-fg wrap-anywhere">{revocation.reason}</span>
            )}
            <span className="block text-xs text-muted-fg md:hidden">
              <Time at={revocation.created_at} />
            </span>
          </Td>
          <Td className="text-right tabular-nums">{revocation.accounts.stopped}</Td>
          <Td>
            <RevocationStatus status={revocation.status} />
          </Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={revocation.created_at} />
          </Td>
        </tr>
      ))}
    </tbody>
  </Table>
)

const atProvider: Record<RevokedAccount['upstream'], { words: string; means: string; tone: Tone }> = {
  revoked: { words: 'Confirmed', means: 'The provider confirmed that it is revoked there.', tone: 'success' },
  pending: {
    words: 'Being told',
    means: 'The provider is told, and asked again until it answers.',
    tone: 'info',
  },
  unconfirmed: {
    words: 'Not confirmed',
    means: 'The provider did not confirm, or could not be told without ending another account.',
    tone: 'warning',
  },
  unsupported: {
    words: 'No such call',
    means: 'The provider cannot be told: the token dies when it runs out, or when the user removes it there.',
    tone: 'neutral',
  },
  nothing_owed: { words: 'Nothing owed', means: 'There was no credential any more.', tone: 'neutral' },
}
type Tone = 'neutral' | 'success' | 'warning' | 'info'

/** What became of the accounts at their providers, counted. Every one of them is stopped here. */
export const RevocationCounts = ({ accounts }: Pick<Revocation, 'accounts'>) => (
  <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-card border border-border bg-border sm:grid-cols-3">
    <Figure name="Stopped here" means="No agent can use them since then." value={accounts.stopped} />
    {(Object.keys(atProvider) as RevokedAccount['upstream'][]).map((key) => (
      <Figure key={key} name={atProvider[key].words} means={atProvider[key].means} value={accounts[key]} />
    ))}
  </dl>
)

const Figure = ({ name, means, value }: { name: string; means: string; value: number }) => (
  <div className="flex flex-col bg-card p-4">
    <dt className="text-sm font-medium">{name}</dt>
    <dd className="order-first text-2xl font-semibold tabular-nums tracking-tight">{value}</dd>
    <dd className="mt-1 text-xs text-muted-fg">{means}</dd>
  </div>
)

/** What became of each account. */
export const RevokedAccountsTable = ({
  accounts,
  connectorNames,
  pathOf,
}: {
  accounts: readonly RevokedAccount[]
  connectorNames: Names
  pathOf: (account: RevokedAccount) => string
}) => (
  <Table label="Accounts">
    <thead>
      <tr>
        <Th>Account of</Th>
        <Th>At the provider</Th>
        <Th className="hidden md:table-cell">Stopped</Th>
        <Th className="hidden md:table-cell">Settled</Th>
      </tr>
    </thead>
    <tbody>
      {accounts.map((account) => (
        <tr key={account.connected_account_id}>
          <Td>
            <Link href={pathOf(account)} className={link}>
              {account.user_id}
            </Link>
            <span className="mt-0.5 block text-xs text-muted-fg">
              {connectorNames[account.connector] ?? account.connector}
            </span>
          </Td>
          <Td>
            <Badge tone={atProvider[account.upstream].tone}>{atProvider[account.upstream].words}</Badge>
            {account.error_code && (
              <code className="mt-1 block font-mono text-xs break-all text-muted-fg">
                {account.error_code}
              </code>
            )}
          </Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={account.stopped_at} />
          </Td>
          <Td className="hidden whitespace-nowrap md:table-cell">
            <Time at={account.settled_at} absent="Not yet" />
          </Td>
        </tr>
      ))}
    </tbody>
  </Table>
)
