import type { Metadata } from 'next'
import Link from 'next/link'
import { z } from 'zod'
import { Pager } from '#components/console/pager'
import { RevocationsTable } from '#components/console/revocations'
import { RequestTable } from '#components/console/revoking/request-table'
import { Alert } from '#components/ui/alert'
import { buttonClass } from '#components/ui/button'
import { Empty } from '#components/ui/empty'
import { listRevocationRequests, listRevocations } from '#lib/connect'
import { cursorOf, page, uuidShape } from '#lib/http'
import { permits } from '#lib/identity/schema'
import { connectorNames } from '../../connector-names.ts'
import { hrefOf, readFilter, rowsMost, type SearchParams } from '../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'

export const metadata: Metadata = { title: 'Revocations' }

/** Of those that were asked for; what was approved has its report in the list anyway. */
const requestsMost = 10

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function RevocationsPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'revocations.read')
  const { tenant } = admin
  const ofDeployment = isDeployment(tenant)
  const path = `${pathOf(tenant)}/revocations`
  const { before, fault } = await readFilter(searchParams, z.object({}), uuidShape)
  const rows = fault === null ? await listRevocations(tenant, before, rowsMost + 1) : []
  const requests = before === null ? await listRevocationRequests(tenant, requestsMost) : []
  const { data, next_cursor } = page(rows, rowsMost, cursorOf('revocation'))
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="revocations">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div>
          <h1 className="text-xl font-semibold tracking-tight">
            {ofDeployment ? 'Revocations over every organization' : 'Revocations'}
          </h1>
          <p className="mt-1 max-w-prose text-sm text-muted-fg">
            {ofDeployment
              ? 'Accounts of many organizations ended at once.'
              : 'Many accounts ended at once, also when a user left or was deleted.'}{' '}
            A single account is ended on its own page.
          </p>
        </div>
        {permits(admin.caller.role, 'revocations.manage') && (
          <Link href={`${path}/new`} className={buttonClass({ variant: 'secondary' })}>
            Revoke many accounts
          </Link>
        )}
      </div>
      {requests.length > 0 && (
        <section aria-labelledby="requests" className="mt-6">
          <h2 id="requests" className="mb-3 font-semibold">
            Asked for, with a second person
          </h2>
          <RequestTable
            requests={requests}
            connectorNames={connectorNames}
            pathOf={({ id }) => `${path}/requests/${id}`}
          />
        </section>
      )}
      <div className="mt-5 grid gap-5">
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        {fault === null && data.length === 0 && (
          <Empty title="Nothing was revoked at once">
            {ofDeployment
              ? 'What one organization revoked is on its own page.'
              : 'Each revocation of many accounts has its report here, account by account.'}
          </Empty>
        )}
        {data.length > 0 && (
          <RevocationsTable
            revocations={data}
            connectorNames={connectorNames}
            pathOf={({ id }) => `${path}/${id}`}
          />
        )}
      </div>
      <Pager first={before === null ? null : path} next={next_cursor && hrefOf(path, {}, next_cursor)} />
    </ConsoleShell>
  )
}
