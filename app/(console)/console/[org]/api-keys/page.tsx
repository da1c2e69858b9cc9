import type { Metadata } from 'next'
import { z } from 'zod'
import { NewApiKey } from '#components/console/api-keys'
import { ConfirmAction } from '#components/console/confirm-action'
import { Pager } from '#components/console/pager'
import { DataTable } from '#components/console/table/data-table'
import { Time } from '#components/console/time'
import { Alert } from '#components/ui/alert'
import { Badge } from '#components/ui/badge'
import { Empty } from '#components/ui/empty'
import { cursorOf, page, uuidShape } from '#lib/http'
import { type ApiKey, listApiKeys } from '#lib/identity'
import { permits } from '#lib/identity/schema'
import { hrefOf, readFilter, rowsMost, type SearchParams } from '../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { createKey, revokeKey } from './actions.ts'
import { keyRolesGivenBy } from './given.ts'

export const metadata: Metadata = { title: 'API keys' }

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

const stateOf = ({ revoked_at, expires_at }: ApiKey) =>
  revoked_at !== null
    ? ({ words: 'Revoked', tone: 'neutral' } as const)
    : expires_at !== null && new Date(expires_at) <= new Date()
      ? ({ words: 'Over', tone: 'neutral' } as const)
      : ({ words: 'In force', tone: 'success' } as const)

export default async function ApiKeysPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'api_keys.read')
  const { tenant, caller } = admin
  const base = pathOf(tenant)
  const path = `${base}/api-keys`
  const { before, fault } = await readFilter(searchParams, z.object({}), uuidShape)
  const rows = fault === null ? await listApiKeys(tenant, before, rowsMost + 1) : []
  const { data, next_cursor } = page(rows, rowsMost, cursorOf('api_key'))
  const mayManage = permits(caller.role, 'api_keys.manage')
  const segment = base.slice('/console/'.length)
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="api-keys">
      <h1 className="text-xl font-semibold tracking-tight">
        {isDeployment(tenant) ? 'API keys of the deployment' : 'API keys'}
      </h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        Secret keys by which your product’s servers call the API.{' '}
        {isDeployment(tenant)
          ? 'These reach every organization.'
          : 'These reach this organization and no other.'}
      </p>
      <div className="mt-6 grid gap-8">
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        {data.length === 0 && fault === null && (
          <Empty title={before === null ? 'No key yet' : 'There is nothing older'}>
            {before === null &&
              (mayManage
                ? 'Create one below, for each program one of its own.'
                : 'An owner or a developer creates one.')}
          </Empty>
        )}
        {data.length > 0 && (
          <DataTable
            label="API keys"
            dense={false}
            bulk={[]}
            filter=""
            matching={null}
            columns={[
              { id: 'name', header: 'Name' },
              { id: 'state', header: 'State' },
              { id: 'roles', header: 'May' },
              { id: 'made', header: 'Created' },
              { id: 'ends', header: 'Ends' },
              ...(mayManage ? [{ id: 'act', header: 'End it' }] : []),
            ]}
            rows={data.map((key) => ({
              id: key.id,
              name: key.name,
              cells: {
                name: (
                  <>
                    <span className="font-medium wrap-anywhere">{key.name}</span>
                    <code className="block font-mono text-xs text-muted-fg">…{key.hint}</code>
                  </>
                ),
                state: <Badge tone={stateOf(key).tone}>{stateOf(key).words}</Badge>,
                roles: key.roles.length === 0 ? 'Everything' : key.roles.join(', '),
                made: <Time unbroken at={key.created_at} />,
                ends: <Time unbroken at={key.expires_at} absent="Not by itself" />,
                act: stateOf(key).words === 'In force' && (
                  <ConfirmAction
                    action={revokeKey.bind(null, segment, key.id)}
                    label="Revoke"
                    title={`Revoke ${key.name}?`}
                    confirm="Revoke key"
                    variant="danger"
                  >
                    <p>The next call with it is refused. It cannot be undone: make another key.</p>
                  </ConfirmAction>
                ),
              },
            }))}
          />
        )}
        <Pager first={before === null ? null : path} next={next_cursor && hrefOf(path, {}, next_cursor)} />
        {mayManage && (
          <section aria-labelledby="new-key">
            <h2 id="new-key" className="mb-3 font-semibold">
              New key
            </h2>
            <NewApiKey action={createKey.bind(null, segment)} roles={keyRolesGivenBy(caller.role)} />
          </section>
        )}
      </div>
    </ConsoleShell>
  )
}
