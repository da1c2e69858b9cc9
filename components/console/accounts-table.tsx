import Link from 'next/link'
import { Table, Td, Th } from '#components/ui/table'
import type { ConnectedAccount } from '#lib/consent/schema'
import { StatusBadge } from './status.tsx'
import { Time } from './time.tsx'

/** Accounts, newest first. What a narrow screen leaves out is on the account's own page. */
export function AccountsTable({
  accounts,
  connectorNames,
  pathOf,
}: {
  accounts: readonly ConnectedAccount[]
  connectorNames: Readonly<Record<string, string>>
  pathOf: (account: ConnectedAccount) => string
}) {
  return (
    <Table label="Connected accounts">
      <thead>
        <tr>
          <Th>Account</Th>
          <Th>User</Th>
          <Th>Status</Th>
          <Th className="hidden md:table-cell">Scopes</Th>
          <Th className="hidden md:table-cell">Last used</Th>
        </tr>
      </thead>
      <tbody>
        {accounts.map((account) => (
          <tr key={account.id}>
            <Td>
              <Link
                href={pathOf(account)}
                className="font-medium text-link underline-offset-2 hover:underline"
              >
                {account.account.label}
              </Link>
              <span className="block text-xs text-muted-fg">
                {connectorNames[account.connector] ?? account.connector}
              </span>
            </Td>
            <Td className="break-all">{account.user_id}</Td>
            <Td>
              <StatusBadge status={account.status} />
            </Td>
            <Td className="hidden tabular-nums md:table-cell">{account.connection?.scopes.length ?? 0}</Td>
            <Td className="hidden whitespace-nowrap md:table-cell">
              <Time at={account.last_used_at} />
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}
