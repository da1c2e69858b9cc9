import type { Metadata } from 'next'
import { z } from 'zod'
import { InviteForm } from '#components/console/members/invite-form'
import { MembersTable } from '#components/console/members/members-table'
import { Pager } from '#components/console/pager'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { cursorOf, page, uuidShape } from '#lib/http'
import { listMembers } from '#lib/identity'
import { permits } from '#lib/identity/schema'
import { publicId } from '#lib/ids'
import { sendsMail } from '#lib/mail'
import { hrefOf, readFilter, rowsMost, type SearchParams } from '../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { inviteMember } from './actions.ts'

export const metadata: Metadata = { title: 'Members' }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function MembersPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'members.read')
  const { tenant, caller } = admin
  const base = pathOf(tenant)
  const path = `${base}/members`
  const { before, fault } = await readFilter(searchParams, z.object({}), uuidShape)
  const rows = fault === null ? await listMembers(tenant, before, rowsMost + 1) : []
  const { data, next_cursor } = page(rows, rowsMost, cursorOf('member'))
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="members">
      <h1 className="text-xl font-semibold tracking-tight">
        {isDeployment(tenant) ? 'Operators of the deployment' : 'Members'}
      </h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        {isDeployment(tenant)
          ? 'Who may use the console for every organization, each as far as their role goes.'
          : 'Who may use the console for this organization, each as far as their role goes. Operators of the deployment are not listed.'}
      </p>
      <div className="mt-6 grid gap-8">
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        {data.length > 0 && (
          <MembersTable members={data} base={path} self={publicId('member', caller.memberId)} />
        )}
        {data.length === 0 && fault === null && (
          <Empty title={before === null ? 'No member yet' : 'There is nobody older'}>
            {before === null && 'Until there is one, operators of the deployment look after it.'}
          </Empty>
        )}
        {permits(caller.role, 'members.manage') && (
          <section className="max-w-3xl">
            <h2 className="mb-3 font-semibold">Invite somebody</h2>
            <InviteForm
              action={inviteMember.bind(null, base.slice('/console/'.length))}
              mails={sendsMail()}
            />
          </section>
        )}
      </div>
      <Pager first={before === null ? null : path} next={next_cursor && hrefOf(path, {}, next_cursor)} />
    </ConsoleShell>
  )
}
