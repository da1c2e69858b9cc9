import type { Metadata } from 'next'
import Link from 'next/link'
import { PlaceStop } from '#components/console/stops/stop-forms'
import { stopChoices, stopWords } from '#components/console/stops/stops-table'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'
import { Field, Input, Select } from '#components/ui/field'
import { countCallsOf } from '#lib/console'
import { countWords } from '#lib/console/schema'
import { type StopSubject, stopSubject } from '#lib/limits/schema'
import type { Caller, Tenant } from '#lib/proof'
import { toolNames } from '#runtime'
import type { SearchParams } from '../../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../../session.ts'
import { ConsoleShell, orgOf } from '../../../shell.tsx'
import { stopCalls } from '../actions.ts'
import { namesOfStopped } from '../names.ts'
import { toType } from '../to-type.ts'

export const metadata: Metadata = { title: 'Stop calls' }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

/** What the address asks to stop. An id that nothing can have is no subject: the form is shown again. */
function subjectOf(tenant: Tenant, type: unknown, id: unknown): StopSubject | null {
  if (!stopChoices(isDeployment(tenant)).some(({ value }) => value === type)) return null
  const asked = type === 'org' || type === 'all' ? { type } : { type, id: String(id ?? '').trim() }
  const { success, data } = stopSubject.safeParse(asked)
  return success ? data : null
}

export default async function NewStopPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'stops.manage')
  const { tenant, caller } = admin
  const list = `${pathOf(tenant)}/stops`
  const { step, type, id } = await searchParams
  const subject = subjectOf(tenant, type, id)
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="stops">
      <Link href={list} className="text-sm text-link underline-offset-2 hover:underline">
        Stops
      </Link>
      <h1 className="mt-2 text-xl font-semibold tracking-tight">Stop calls</h1>
      {step === 'confirm' && subject !== null ? (
        <Confirm tenant={tenant} caller={caller} subject={subject} path={`${list}/new`} />
      ) : (
        <>
          {step === 'confirm' && (
            <div className="mt-5 max-w-xl">
              <Alert tone="danger">Say which one: its id, or the name of the tool or connector.</Alert>
            </div>
          )}
          <Choose
            tenant={tenant}
            type={typeof type === 'string' ? type : ''}
            id={typeof id === 'string' ? id : ''}
            path={`${list}/new`}
          />
        </>
      )}
    </ConsoleShell>
  )
}

/** A plain GET form: nothing is stopped by it. */
const Choose = ({ tenant, type, id, path }: { tenant: Tenant; type: string; id: string; path: string }) => (
  <form action={path} className="mt-5 grid max-w-xl gap-4">
    <input type="hidden" name="step" value="confirm" />
    <Field label="What">
      <Select name="type" defaultValue={type}>
        {stopChoices(isDeployment(tenant)).map(({ value, words }) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </Select>
    </Field>
    <Field
      label="Which"
      hint={`${isDeployment(tenant) ? '' : 'A person by the id that your product gave them, an'} agent as ag_…, a tool as github.create_issue, a connector as github. Not needed to stop everything.`}
    >
      <Input name="id" defaultValue={id} autoComplete="off" autoCapitalize="off" spellCheck={false} />
    </Field>
    <p className="text-sm text-muted-fg">The next page says what it reaches, before anything is stopped.</p>
    <Button type="submit" variant="secondary" className="justify-self-start">
      Continue
    </Button>
  </form>
)

type Confirmed = { tenant: Tenant; caller: Caller; subject: StopSubject; path: string }

async function Confirm({ tenant, caller, subject, path }: Confirmed) {
  const { type } = subject
  const id = 'id' in subject ? subject.id : null
  const names = await namesOfStopped(caller, tenant, [{ subject: { type, id } }])
  const lately =
    isDeployment(tenant) || type === 'all'
      ? null
      : await countCallsOf(tenant, { type, id }, { from: new Date(Date.now() - 7 * 86_400_000) }, toolNames)
  const change = `${path}?${new URLSearchParams({ type, ...(id !== null && { id }) })}`
  return (
    <div className="mt-5 grid gap-6">
      <Alert tone="warning" title={stopWords({ type, id }, names)}>
        <ul className="mt-1 grid list-disc gap-1 ps-5">
          {lately && (
            <li>
              {lately.count === 0
                ? 'No such call was made in the last 7 days.'
                : `${countWords(lately)} ${lately.count === 1 ? 'such call was' : 'such calls were'} made in the last 7 days.`}
            </li>
          )}
          {isDeployment(tenant) && <li>It holds in every organization.</li>}
          <li>No such call starts any more, and those under way are cancelled.</li>
          <li>Consents and credentials stay as they are. It can be released at any time.</li>
        </ul>
      </Alert>
      <PlaceStop
        action={stopCalls.bind(null, pathOf(tenant).slice('/console/'.length), subject)}
        typed={toType(tenant, type)}
      />
      <Link href={change} className="text-sm text-link underline-offset-2 hover:underline">
        Change what is stopped
      </Link>
    </div>
  )
}
