import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { z } from 'zod'
import { AutoRefresh } from '#components/console/auto-refresh'
import { Pager } from '#components/console/pager'
import { ProveStop } from '#components/console/prove-stop'
import {
  filterWords,
  RevocationCounts,
  RevocationStatus,
  RevocationsTable,
  RevokedAccountsTable,
} from '#components/console/revocations'
import { Time } from '#components/console/time'
import { Alert } from '#components/ui/alert'
import { getRevocation, listBatch, listRevokedAccounts, requestOfRevocation } from '#lib/connect'
import { cursorOf, page, uuidShape } from '#lib/http'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { connectorNames } from '../../../connector-names.ts'
import { hrefOf, readFilter, rowsMost, type SearchParams } from '../../../filters.ts'
import { isDeployment, orNotFound, pathOf, requireTenant } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
import { proveStop } from './actions.ts'

export const metadata: Metadata = { title: 'Revocation' }

const refreshSeconds = 3

type Props = { params: Promise<{ org: string; id: string }>; searchParams: SearchParams }

export default async function RevocationPage({ params, searchParams }: Props) {
  const { org, id } = await params
  const admin = await requireTenant(org, 'revocations.read')
  const { tenant } = admin
  const uuid = parseId('revocation', id)
  if (uuid === null) notFound()
  const revocation = await orNotFound(getRevocation(tenant, uuid))
  const { before, fault } = await readFilter(searchParams, z.object({}), uuidShape)
  const everywhere = isDeployment(tenant)
  const list = `${pathOf(tenant)}/revocations`
  const path = `${list}/${id}`
  const running = revocation.status === 'running'
  const what = filterWords(revocation.filter, connectorNames)
  const request = await requestOfRevocation(tenant, uuid)
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="revocations">
      {running && <AutoRefresh seconds={refreshSeconds} />}
      <Link href={list} className="text-sm text-link underline-offset-2 hover:underline">
        Revocations
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 text-xl font-semibold tracking-tight wrap-anywhere">
        {everywhere ? `${what}, in every organization` : what}
        <RevocationStatus status={revocation.status} />
      </h1>
      <p className="mt-1 text-sm text-muted-fg wrap-anywhere">
        {revocation.reason} · <Time at={revocation.created_at} />
      </p>
      {request && (
        <p className="mt-1 text-sm text-muted-fg wrap-anywhere">
          Asked for by {request.requested_by.email}, approved by {request.decided_by?.email}:{' '}
          <Link href={`${list}/requests/${request.id}`} className="text-link underline underline-offset-2">
            the request
          </Link>
        </p>
      )}
      <div className="mt-6 grid gap-8">
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        {everywhere ? (
          <p className="text-sm">
            {revocation.accounts.stopped}{' '}
            {revocation.accounts.stopped === 1 ? 'account was' : 'accounts were'} stopped. Each organization
            has its own report.
          </p>
        ) : (
          <RevocationCounts accounts={revocation.accounts} />
        )}
        {!everywhere && revocation.accounts.stopped > 0 && (
          <section aria-labelledby="proof">
            <h2 id="proof" className="mb-3 font-semibold">
              Proof of stop
            </h2>
            <ProveStop action={proveStop.bind(null, pathOf(tenant).slice('/console/'.length), id)} />
          </section>
        )}
        {fault === null &&
          (everywhere ? (
            <ByOrg head={uuid} before={before} path={path} />
          ) : (
            <ByAccount tenant={tenant} id={uuid} before={before} path={path} />
          ))}
      </div>
    </ConsoleShell>
  )
}

type Part = { before: string | null; path: string }

async function ByAccount({ tenant, id, before, path }: Part & { tenant: Tenant; id: string }) {
  const rows = await listRevokedAccounts(tenant, id, before, rowsMost + 1)
  const { data, next_cursor } = page(
    rows,
    rowsMost,
    ({ connected_account_id }) => parseId('connected_account', connected_account_id) ?? '',
  )
  if (data.length === 0) return <p className="text-sm text-muted-fg">No account was connected.</p>
  return (
    <section>
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-3">
        <h2 className="font-semibold">Accounts</h2>
        <a
          href={`${path}/accounts`}
          download
          className="text-sm text-link underline-offset-2 hover:underline"
        >
          Download as CSV
        </a>
      </div>
      <RevokedAccountsTable
        accounts={data}
        connectorNames={connectorNames}
        pathOf={({ connected_account_id }) => `${pathOf(tenant)}/accounts/${connected_account_id}`}
      />
      <Pager first={before === null ? null : path} next={next_cursor && hrefOf(path, {}, next_cursor)} />
    </section>
  )
}

async function ByOrg({ head, before, path }: Part & { head: string }) {
  const rows = await listBatch(head, before, rowsMost + 1)
  const { data, next_cursor } = page(rows, rowsMost, cursorOf('revocation'))
  if (data.length === 0) return null
  return (
    <section>
      <h2 className="mb-3 font-semibold">By organization</h2>
      <RevocationsTable
        byOrg
        revocations={data}
        connectorNames={connectorNames}
        pathOf={({ id, org_id }) => `/console/${encodeURIComponent(org_id ?? '')}/revocations/${id}`}
      />
      <Pager first={before === null ? null : path} next={next_cursor && hrefOf(path, {}, next_cursor)} />
    </section>
  )
}
