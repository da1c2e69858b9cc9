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
          <Th className="hidden sm:table-cell">User</Th>
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
                className="font-medium text-link underline-offset-2 wrap-anywhere hover:underline"
              >
                {account.account.label}
              </Link>
              <span className="block text-xs text-muted-fg">
                {connectorNames[account.connector] ?? account.connector}
                <span className="wrap-anywhere sm:hidden"> · {account.user_id}</span>
              </span>
            </Td>
            <Td className="hidden wrap-anywhere sm:table-cell">{account.user_id}</Td>
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
