import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { Fact, Facts } from '#components/console/facts'
import { filterWords } from '#components/console/revocations'
import { ApproveRequest, DenyRequest, WithdrawRequest } from '#components/console/revoking/decide-request'
import { RequestBadge } from '#components/console/revoking/request-table'
import { Time } from '#components/console/time'
import { Alert } from '#components/ui/alert'
import { getRevocationRequest } from '#lib/connect'
import { coversAll, type RevocationRequest, rowsOfRequest } from '#lib/connect/schema'
import { revocationImpact } from '#lib/console'
import { permits } from '#lib/identity/schema'
import { parseId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { connectorNames } from '../../../../connector-names.ts'
import { scopeRules } from '../../../../scope-rules.ts'
import { isDeployment, orNotFound, pathOf, requireTenant } from '../../../../session.ts'
import { ConsoleShell, orgOf } from '../../../../shell.tsx'
import { Impact } from '../../impact.tsx'
import { stopOfAll } from '../../new/stop-of-all.ts'
import { typedBy } from '../../new/to-type.ts'
import { approveRequest, denyRequest, withdrawRequest } from './actions.ts'

export const metadata: Metadata = { title: 'Revocation that was asked for' }

const link = 'text-link underline underline-offset-2'

type Admin = Caller & { kind: 'admin' }
type Part = { tenant: Tenant; caller: Admin; request: RevocationRequest }

export default async function RequestPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params
  const admin = await requireTenant(org, 'revocations.read', `revocations/requests/${encodeURIComponent(id)}`)
  const { tenant, caller } = admin
  const uuid = parseId('revocation_request', id)
  if (uuid === null) notFound()
  const request = await orNotFound(getRevocationRequest(tenant, uuid))
  const words = filterWords(request.filter, connectorNames)
  const what = `Revoke ${words.charAt(0).toLowerCase()}${words.slice(1)}`
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="revocations">
      <Link
        href={`${pathOf(tenant)}/revocations`}
        className="text-sm text-link underline-offset-2 hover:underline"
      >
        Revocations
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 text-xl font-semibold tracking-tight wrap-anywhere">
        {isDeployment(tenant) ? `${what}, in every organization` : what}
        <RequestBadge status={request.status} />
      </h1>
      <div className="mt-6 grid gap-8">
        <About tenant={tenant} request={request} />
        {request.status === 'pending' && <Waiting tenant={tenant} caller={caller} request={request} />}
      </div>
    </ConsoleShell>
  )
}

const who = ({ email, operator }: RevocationRequest['requested_by']) =>
  operator ? `${email}, operator of this deployment` : email

const About = ({ tenant, request }: Omit<Part, 'caller'>) => (
  <Facts>
    <Fact name="Reason">{request.reason}</Fact>
    <Fact name="Asked by">
      {who(request.requested_by)}, <Time at={request.created_at} />
    </Fact>
    {request.status === 'pending' && (
      <Fact name="Ends by itself">
        <Time at={request.expires_at} />
      </Fact>
    )}
    {request.decided_by && (
      <Fact name={request.status === 'approved' ? 'Approved by' : 'Denied by'}>
        {who(request.decided_by)}, <Time at={request.ended_at} />
      </Fact>
    )}
    {request.note !== null && <Fact name="Why not">{request.note}</Fact>}
    {request.revocation_id !== null && (
      <Fact name="Report">
        <Link href={`${pathOf(tenant)}/revocations/${request.revocation_id}`} className={link}>
          What became of each account
        </Link>
      </Fact>
    )}
    {request.status !== 'pending' && request.status !== 'approved' && (
      <Fact name="Revoked">Nothing was revoked by this.</Fact>
    )}
    {request.stop_id !== null && (
      <Fact name="Stopped with it">
        <Link href={`${pathOf(tenant)}/stops/${request.stop_id}`} className={link}>
          All calls, until somebody releases the stop
        </Link>
      </Fact>
    )}
  </Facts>
)

/** What it would do at this moment, and the forms of whoever may say something to it. */
async function Waiting({ tenant, caller, request }: Part) {
  const everywhere = isDeployment(tenant)
  const [impact, stop] = await Promise.all([
    everywhere ? null : revocationImpact(tenant, rowsOfRequest(request), scopeRules),
    stopOfAll(tenant),
  ])
  const may = permits(caller.role, 'revocations.manage')
  const own = request.requested_by.id === publicId('member', caller.memberId)
  const segment = pathOf(tenant).slice('/console/'.length)
  const everything = everywhere || coversAll(request.filter)
  const changed = impact !== null && request.accounts !== null && impact.accounts !== request.accounts
  return (
    <>
      {!stop && permits(caller.role, 'stops.manage') && (
        <Alert tone="info" title="Agents may still call until this is approved">
          <Link
            href={`${pathOf(tenant)}/stops/new?step=confirm&type=${everywhere ? 'all' : 'org'}`}
            className={link}
          >
            Stop everything now
          </Link>
          : that takes one person.
        </Alert>
      )}
      {impact && <Impact tenant={tenant} caller={caller} impact={impact} />}
      {changed && (
        <Alert tone="warning">
          {request.accounts?.toLocaleString('en')} {request.accounts === 1 ? 'account' : 'accounts'} matched
          when this was asked, and {impact.accounts.toLocaleString('en')} now.
        </Alert>
      )}
      {may && own && (
        <section aria-labelledby="own" className="grid max-w-xl gap-4">
          <h2 id="own" className="font-semibold">
            You asked for this
          </h2>
          <p className="text-sm text-muted-fg">
            {request.mailed > 0
              ? `Somebody else has to approve it. ${request.mailed === 1 ? 'One person who can was' : `${request.mailed} people who can were`} written to.`
              : 'Somebody else has to approve it, and nobody was written to: tell them.'}{' '}
            An owner or security admin finds it under Revocations.
          </p>
          <WithdrawRequest action={withdrawRequest.bind(null, segment, request.id)} />
        </section>
      )}
      {may && !own && (
        <div className="grid items-start gap-8 md:grid-cols-2">
          <section aria-labelledby="approve" className="grid gap-4">
            <h2 id="approve" className="font-semibold">
              Approve
            </h2>
            <p className="text-sm text-muted-fg">
              {everything
                ? 'Revokes everything that is connected then, also what was connected since it was asked.'
                : 'Revokes exactly the accounts that this page counts. Where it would be others by then, nothing is revoked and you look again.'}{' '}
              It cannot be undone.
            </p>
            <ApproveRequest
              action={approveRequest.bind(null, segment, request.id, impact?.shown ?? '')}
              typed={typedBy(tenant)}
            />
          </section>
          <section aria-labelledby="deny" className="grid gap-4">
            <h2 id="deny" className="font-semibold">
              Deny
            </h2>
            <p className="text-sm text-muted-fg">Nothing is revoked, and this request is over.</p>
            <DenyRequest action={denyRequest.bind(null, segment, request.id)} />
          </section>
        </div>
      )}
    </>
  )
}
