import { randomUUID } from 'node:crypto'
import type { Metadata } from 'next'
import Link from 'next/link'
import { TryForm } from '#components/console/try/try-form'
import { Badge } from '#components/ui/badge'
import { Button, buttonClass } from '#components/ui/button'
import { Empty } from '#components/ui/empty'
import { Field, Select } from '#components/ui/field'
import { getAccount, listAccounts } from '#lib/consent'
import type { ConnectedAccount } from '#lib/consent/schema'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { getOrg } from '#lib/tenancy'
import { connectorNames } from '../../connector-names.ts'
import type { SearchParams } from '../../filters.ts'
import { orNotFound, pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'
import { tryTool } from './actions.ts'
import { formOf, triedTools } from './run.ts'

export const metadata: Metadata = { title: 'Try it' }

/** The accounts that were connected last; any other is reached from its own page. */
const accountsMost = 100

const labelOf = ({ account, connector, user_id }: ConnectedAccount) =>
  `${connectorNames[connector] ?? connector}: ${account.label} (${user_id})`

/** What can be chosen, and what the address has chosen; an account of another org is not there. */
async function accountsOf(tenant: Tenant, chosen: string | undefined) {
  const active = await listAccounts(tenant, { status: 'active' }, null, accountsMost)
  const known = active.find(({ id }) => id === chosen)
  if (known || chosen === undefined) return { accounts: active, account: known ?? active[0] }
  const id = parseId('connected_account', chosen)
  const named = id === null ? undefined : await orNotFound(getAccount(tenant, id))
  return { accounts: named ? [named, ...active] : active, account: named ?? active[0] }
}

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function TryPage({ params, searchParams }: Props) {
  const admin = await requireOrg((await params).org, 'tools.try', 'try')
  const { tenant } = admin
  const base = pathOf(tenant)
  const asked = await searchParams
  const one = (name: string) => [asked[name]].flat().at(-1) || undefined
  const { accounts, account } = await accountsOf(tenant, one('account'))
  const offered = account ? triedTools(account.connector) : []
  const tool = offered.find(({ name }) => name === one('tool')) ?? offered.find(isGentle) ?? offered[0]
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="try">
      <h1 className="text-xl font-semibold tracking-tight">Try it</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        Calls a tool with an account that somebody connected. It goes the way of every call: stops, policies,
        limits and approvals hold, and the audit names you as the one who acted.
      </p>
      {account === undefined ? (
        <div className="mt-6">
          <Empty
            title="Nothing is connected yet"
            action={
              <Link href={`${base}/quickstart`} className={buttonClass({ variant: 'secondary' })}>
                Open the quickstart
              </Link>
            }
          >
            A tool is called with an account that a user of yours has connected.
          </Empty>
        </div>
      ) : (
        <div className="mt-6 grid gap-8">
          <form
            key={`${account.id} ${tool?.name}`}
            action={`${base}/try`}
            className="grid items-end gap-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto]"
          >
            <Field label="Account">
              <Select name="account" defaultValue={account.id}>
                {accounts.map((one) => (
                  <option key={one.id} value={one.id}>
                    {labelOf(one)}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label="Tool">
              <Select name="tool" defaultValue={tool?.name ?? ''}>
                {offered.map(({ name, effect }) => (
                  <option key={name} value={name}>
                    {name} ({effect})
                  </option>
                ))}
              </Select>
            </Field>
            <Button type="submit" variant="secondary" className="justify-self-start">
              Choose
            </Button>
          </form>
          {tool ? (
            <section aria-labelledby="tool" className="grid gap-5">
              <div>
                <h2 id="tool" className="flex flex-wrap items-center gap-3 font-semibold wrap-anywhere">
                  {tool.title}
                  <Badge tone={tool.effect === 'read' ? 'info' : 'warning'}>{tool.effect}</Badge>
                </h2>
                <p className="mt-1 max-w-prose text-sm text-muted-fg">{tool.description}</p>
              </div>
              <TryForm
                // Another account or tool is another form: nothing of the one before is sent along.
                key={`${account.id} ${tool.name}`}
                action={tryTool.bind(null, base.slice('/console/'.length), account.id, tool.name)}
                fields={formOf(tool)}
                tool={{ name: tool.name, effect: tool.effect }}
                once={randomUUID()}
                base={base}
              />
            </section>
          ) : (
            <p className="text-sm text-muted-fg">
              The tools of this connector move files. They are called by the API.
            </p>
          )}
        </div>
      )}
    </ConsoleShell>
  )
}

const isGentle = ({ effect }: { effect: string }) => effect === 'read'
