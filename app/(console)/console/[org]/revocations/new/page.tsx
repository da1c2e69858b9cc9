import type { Metadata } from 'next'
import Link from 'next/link'
import { RevocationImpactView } from '#components/console/revocation-impact'
import { filterWords } from '#components/console/revocations'
import { StartRevocation } from '#components/console/start-revocation'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Empty } from '#components/ui/empty'
import { Field, Input, Select } from '#components/ui/field'
import { revocationInput } from '#lib/connect/schema'
import { revocationImpact } from '#lib/console'
import { countWords } from '#lib/console/schema'
import type { Caller, Tenant } from '#lib/proof'
import { connectors } from '#runtime'
import { connectorNames } from '../../../connector-names.ts'
import { readFilter, type SearchParams } from '../../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
import { namesOf } from '../../accounts/[id]/grantees.ts'
import { startRevocation } from './actions.ts'
import { toType } from './to-type.ts'

export const metadata: Metadata = { title: 'Revoke many accounts' }

const schema = revocationInput.pick({ user_id: true, connector: true })
type Filter = { user_id?: string; connector?: string }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function NewRevocationPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'revocations.manage')
  const { tenant, caller } = admin
  const list = `${pathOf(tenant)}/revocations`
  const { step, ...asked } = await searchParams
  const { given, filter, fault } = await readFilter(Promise.resolve(asked), schema, /^$/)
  const wanted: Filter = {
    ...(filter.user_id !== undefined && !isDeployment(tenant) && { user_id: filter.user_id }),
    ...(filter.connector !== undefined && { connector: filter.connector }),
  }
  const decided = step === 'confirm' && fault === null
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="revocations">
      <Link href={list} className="text-sm text-link underline-offset-2 hover:underline">
        Revocations
      </Link>
      <h1 className="mt-2 text-xl font-semibold tracking-tight">Revoke many accounts</h1>
      {fault !== null && (
        <div className="mt-5">
          <Alert tone="danger">{fault}</Alert>
        </div>
      )}
      {decided ? (
        <Confirm tenant={tenant} caller={caller} filter={wanted} path={`${list}/new`} />
      ) : (
        <Choose tenant={tenant} given={given} path={`${list}/new`} />
      )}
    </ConsoleShell>
  )
}

/** A plain GET form: nothing is ended by it. */
const Choose = ({ tenant, given, path }: { tenant: Tenant; given: Record<string, string>; path: string }) => (
  <form action={path} className="mt-5 grid max-w-xl gap-4">
    <p className="text-sm text-muted-fg">
      {isDeployment(tenant)
        ? 'In every organization. To end the accounts of one organization or one user, begin on the page of that organization.'
        : 'Both fields narrow what is ended. With neither it is everything of this organization.'}{' '}
      The next page says what it reaches, before anything is ended.
    </p>
    <input type="hidden" name="step" value="confirm" />
    {!isDeployment(tenant) && (
      <Field label="User" hint="The id that your product gave them. Empty for every user.">
        <Input name="user_id" defaultValue={given.user_id ?? ''} autoComplete="off" />
      </Field>
    )}
    <Field label="Connector">
      <Select name="connector" defaultValue={given.connector ?? ''}>
        <option value="">Every connector</option>
        {Object.entries(connectorNames).map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </Field>
    <Button type="submit" variant="secondary" className="justify-self-start">
      Continue
    </Button>
  </form>
)

type Confirmed = { tenant: Tenant; caller: Caller; filter: Filter; path: string }

async function Confirm({ tenant, caller, filter, path }: Confirmed) {
  const what = filterWords(filter, connectorNames)
  const everywhere = isDeployment(tenant)
  const impact = everywhere
    ? null
    : await revocationImpact(tenant, { userId: filter.user_id, connector: filter.connector })
  const count = impact?.accounts ?? null
  const names = await namesOf(caller, tenant, impact?.agents ?? [])
  const change = (
    <Link href={path} className="text-sm text-link underline-offset-2 hover:underline">
      Change what is ended
    </Link>
  )
  if (count === 0)
    return (
      <div className="mt-5 grid gap-4">
        <Empty title="Nothing to revoke">{what}: no account is connected.</Empty>
        {change}
      </div>
    )
  return (
    <div className="mt-5 grid gap-6">
      <Alert tone="warning" title={everywhere ? `${what}, in every organization` : what}>
        <ul className="mt-1 grid list-disc gap-1 pl-5">
          <li>
            {count === null
              ? 'Every account that matches is'
              : count === 1
                ? '1 account is'
                : `${count} accounts are`}{' '}
            stopped at once: no call goes through any more.
          </li>
          <li>Then each provider is told, account by account. The report says what each answered.</li>
          <li>Invitations under way to these accounts end.</li>
          <li>It cannot be undone. Users may connect again.</li>
        </ul>
      </Alert>
      {impact && (
        <RevocationImpactView
          {...impact}
          calls={countWords(impact.calls)}
          callers={[
            ...impact.agents.map((id) => names[id] ?? id),
            ...(impact.product ? ['the product itself'] : []),
          ]}
          connectors={impact.connectors.map(({ connector, accounts }) => ({
            name: connectorNames[connector] ?? connector,
            accounts,
            upstream: upstreamOf(connector),
          }))}
        />
      )}
      <StartRevocation
        action={startRevocation.bind(null, pathOf(tenant).slice('/console/'.length), filter)}
        typed={toType(tenant, filter)}
      />
      {change}
    </div>
  )
}

/** What the provider can be told about a token; one whose connector is gone cannot be. */
function upstreamOf(connector: string): 'token' | 'grant' | 'none' {
  const revoke = connectors[connector]?.auth.revoke ?? null
  return revoke === null ? 'none' : revoke.endsWiderGrant ? 'grant' : 'token'
}
