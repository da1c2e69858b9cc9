import Link from 'next/link'
import { filterWords } from '#components/console/revocations'
import { AskRevocation } from '#components/console/revoking/ask-revocation'
import { StartRevocation } from '#components/console/start-revocation'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { listRevocationRequests, otherApprovers } from '#lib/connect'
import { requestHours } from '#lib/connect/schema'
import { revocationImpact } from '#lib/console'
import { permits } from '#lib/identity/schema'
import { sendsMail } from '#lib/mail'
import type { Caller, Tenant } from '#lib/proof'
import { connectorNames } from '../../../connector-names.ts'
import { scopeRules } from '../../../scope-rules.ts'
import { isDeployment, pathOf } from '../../../session.ts'
import { Impact } from '../impact.tsx'
import { askRevocation, startRevocation } from './actions.ts'
import { type Chosen, isSame, rowsOf, toldOf } from './chosen.ts'
import { NobodyElse } from './nobody-else.tsx'
import { stopOfAll } from './stop-of-all.ts'
import { typedBy, whyTwo } from './to-type.ts'

type Admin = Caller & { kind: 'admin' }
type Props = {
  tenant: Tenant
  caller: Admin
  chosen: Chosen
  given: Readonly<Record<string, string>>
  path: string
}

/** What was chosen, what it reaches, and the last step: to end it, or to ask somebody else to. */
export async function Confirm({ tenant, caller, chosen, given, path }: Props) {
  const everywhere = isDeployment(tenant)
  const told = toldOf(chosen)
  const what = filterWords(told, connectorNames)
  const impact = everywhere ? null : await revocationImpact(tenant, rowsOf(chosen), scopeRules)
  const two = impact?.accounts === 0 ? null : await whyTwo(tenant, chosen)
  const { ids: _, ...again } = given
  const change = (
    <Link
      href={`${path}?${new URLSearchParams(again)}`}
      className="text-sm text-link underline-offset-2 hover:underline"
    >
      Change what is ended
    </Link>
  )
  if (impact?.accounts === 0)
    return (
      <div className="mt-5 grid gap-4">
        <Empty title="Nothing to revoke">{what}: no account is connected.</Empty>
        {change}
      </div>
    )
  const segment = pathOf(tenant).slice('/console/'.length)
  const count = impact?.accounts ?? null
  return (
    <div className="mt-5 grid gap-6">
      <Alert tone="warning" title={everywhere ? `${what}, in every organization` : what}>
        <ul className="mt-1 grid list-disc gap-1 ps-5">
          {two !== null && (
            <li>
              {two !== 'everything' &&
                `These are ${two.reached.toLocaleString('en')} of ${two.active.toLocaleString('en')} active or paused accounts, which takes two people. `}
              Nothing is revoked by asking: a second person has {requestHours} hours to approve.
            </li>
          )}
          <li>
            {count === null
              ? 'Every account that matches is'
              : count === 1
                ? '1 account is'
                : `${count.toLocaleString('en')} accounts are`}{' '}
            stopped at once{two !== null && ' when they approve'}: no call goes through any more.
            {two === 'everything' && ' Also what comes to be connected until then.'}
          </li>
          <li>Then each provider is told, account by account. The report says what each answered.</li>
          <li>Invitations under way to these accounts end.</li>
          <li>It cannot be undone. Users may connect again.</li>
        </ul>
      </Alert>
      {impact && <Impact tenant={tenant} caller={caller} impact={impact} />}
      {two === null ? (
        <StartRevocation action={startRevocation.bind(null, segment, { ...given }, impact?.shown ?? '')} />
      ) : (
        <Ask tenant={tenant} caller={caller} chosen={chosen} given={given} segment={segment} />
      )}
      {change}
    </div>
  )
}

type Asking = Omit<Props, 'path'> & { segment: string }

async function Ask({ tenant, caller, chosen, given, segment }: Asking) {
  const base = pathOf(tenant)
  const told = toldOf(chosen)
  const filter = Object.keys(told).length === 0 ? { all: true } : told
  const [requests, others, stop] = await Promise.all([
    listRevocationRequests(tenant, 20),
    otherApprovers(tenant, caller),
    stopOfAll(tenant),
  ])
  const waiting = requests.find(
    (request) => request.status === 'pending' && isSame(request, { filter, picked: rowsOf(chosen).ids }),
  )
  if (waiting)
    return (
      <Alert tone="info" title={`${waiting.requested_by.email} asked for this already`}>
        It waits for a second person.{' '}
        <Link
          href={`${base}/revocations/requests/${waiting.id}`}
          className="text-link underline underline-offset-2"
        >
          Look at what was asked
        </Link>
      </Alert>
    )
  const known = others.filter(({ home }) => caller.reach === null || home === caller.home.orgId)
  return (
    <>
      {others.length === 0 && (
        <NobodyElse
          base={base}
          mayInvite={permits(caller.role, 'members.manage')}
          mayStop={permits(caller.role, 'stops.manage')}
          everywhere={isDeployment(tenant)}
        />
      )}
      <AskRevocation
        action={askRevocation.bind(null, segment, { ...given })}
        typed={typedBy(tenant)}
        mails={sendsMail()}
        approvers={known.slice(0, 5).map(({ email }) => email)}
        operators={others.length > known.length}
        more={Math.max(0, known.length - 5)}
        stop={
          stop ? { href: `${base}/stops/${stop.id}` } : permits(caller.role, 'stops.manage') ? 'offer' : null
        }
      />
    </>
  )
}
