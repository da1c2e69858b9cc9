import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ConsentHistory } from '#components/console/consent-history'
import { CredentialState } from '#components/console/credential-state'
import { Fact, Facts } from '#components/console/facts'
import { RevokeAccess } from '#components/console/revoke-access'
import { ScopeList } from '#components/console/scope-words'
import { StatusBadge } from '#components/console/status'
import { Time } from '#components/console/time'
import { getAccount, listConnections } from '#lib/consent'
import { parseId } from '#lib/ids'
import { getOrg } from '#lib/tenancy'
import { credentialReport } from '#lib/vault'
import { connectors } from '#runtime'
import { orNotFound, requireOrg } from '../../../session.ts'
import { ConsoleShell } from '../../../shell.tsx'
import { revokeAccess } from './actions.ts'
import { namesOf } from './grantees.ts'
import { wordsOf } from './words.ts'

export const metadata: Metadata = { title: 'Connected account' }

export default async function AccountPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params
  const admin = await requireOrg(org, 'accounts.read')
  const { tenant, caller } = admin
  const uuid = parseId('connected_account', id)
  if (uuid === null) notFound()
  const account = await orNotFound(getAccount(tenant, uuid))
  const [connections, credential] = await Promise.all([
    listConnections(tenant, uuid),
    credentialReport(tenant, uuid),
  ])
  const granteeNames = await namesOf(
    caller,
    tenant,
    connections.flatMap(({ grantees }) => grantees),
  )
  const connector = connectors[account.connector]
  const words = wordsOf(connector)
  const current = connections.find((connection) => connection.id === account.connection?.id)
  const inForce = account.status === 'revoked' ? undefined : current
  const base = `/console/${encodeURIComponent(tenant.externalId)}`
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="accounts">
      <Link href={`${base}/accounts`} className="text-sm text-link underline-offset-2 hover:underline">
        Connected accounts
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 text-xl font-semibold tracking-tight wrap-anywhere">
        {account.account.label}
        <StatusBadge status={account.status} />
      </h1>
      <p className="mt-1 text-sm text-muted-fg">
        {connector?.name ?? account.connector} account of {account.user_id}
      </p>

      <div className="mt-6">
        <RevokeAccess
          action={revokeAccess.bind(null, tenant.externalId, account.id)}
          revocable={account.status !== 'revoked'}
          what={account.account.label}
        />
      </div>

      <section className="mt-8 grid gap-8 lg:grid-cols-2" aria-label="Current state">
        <div>
          <h2 className="mb-3 font-semibold">Details</h2>
          <Facts>
            {account.status_reason && <Fact name="Status reason">{account.status_reason}</Fact>}
            <Fact name="Id">
              <code className="font-mono text-xs break-all">{account.id}</code>
            </Fact>
            <Fact name="Id at provider">
              <code className="font-mono text-xs break-all">{account.account.id}</code>
            </Fact>
            <Fact name="Connected">
              <Time at={account.created_at} />
            </Fact>
            <Fact name="Last used">
              <Time at={account.last_used_at} />
            </Fact>
            <Fact name="Audit">
              <Link
                href={`${base}/audit?connected_account_id=${account.id}`}
                className="text-link underline-offset-2 hover:underline"
              >
                Events of this account
              </Link>
            </Fact>
          </Facts>
          <h2 className="mt-8 mb-3 font-semibold">Credential</h2>
          <CredentialState credential={credential} status={account.status} incidents={`${base}/incidents`} />
        </div>
        <div>
          <h2 className="mb-3 font-semibold">What agents may do</h2>
          {account.status !== 'active' && (
            <p className="mb-3 text-sm text-muted-fg">
              Nothing now: calls go through only while the account is active.
            </p>
          )}
          {inForce && <ScopeList scopes={inForce.scopes.map(words)} />}
        </div>
      </section>

      <section className="mt-10">
        <h2 className="mb-3 font-semibold">Consent history</h2>
        {connections.length === 0 ? (
          <p className="text-sm text-muted-fg">No consent was completed for this account.</p>
        ) : (
          <ConsentHistory
            connections={connections}
            current={inForce?.id ?? null}
            wordsOf={words}
            granteeNames={granteeNames}
            receipts={`${base}/receipts`}
          />
        )}
      </section>
    </ConsoleShell>
  )
}
