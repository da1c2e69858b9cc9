import type { Metadata } from 'next'
import Link from 'next/link'
import { Alert } from '#components/ui/alert'
import { readFilter, type SearchParams } from '../../../filters.ts'
import { pathOf, requireTenant } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
import { Choose } from './choose.tsx'
import { chosenSchema } from './chosen.ts'
import { Confirm } from './confirm.tsx'

export const metadata: Metadata = { title: 'Revoke many accounts' }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function NewRevocationPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'revocations.manage')
  const { tenant, caller } = admin
  const list = `${pathOf(tenant)}/revocations`
  // How the list of connections was ordered, and which of its columns were shown, came along with its filter.
  const { step, sort: _, columns: __, dense: ___, ...asked } = await searchParams
  const { given, filter, fault } = await readFilter(Promise.resolve(asked), chosenSchema(tenant), /^$/)
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="revocations">
      <Link href={list} className="text-sm text-link underline-offset-2 hover:underline">
        Revocations
      </Link>
      <h1 className="mt-2 text-xl font-semibold tracking-tight">Revoke many accounts</h1>
      {fault !== null && (
        <div className="mt-5 max-w-3xl">
          <Alert tone="danger">{fault}</Alert>
        </div>
      )}
      {step === 'confirm' && fault === null ? (
        <Confirm tenant={tenant} caller={caller} chosen={filter} given={given} path={`${list}/new`} />
      ) : (
        <Choose tenant={tenant} given={given} path={`${list}/new`} />
      )}
    </ConsoleShell>
  )
}
