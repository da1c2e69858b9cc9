import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { ConfirmAction } from '#components/console/confirm-action'
import { Fact, Facts } from '#components/console/facts'
import { DraftForm, PublishForm, ReplayForm, RunCases } from '#components/console/policies/policy-forms'
import { DiffView, Problems, SourceView } from '#components/console/policies/source-view'
import { VersionBadge } from '#components/console/policies/versions-table'
import { Time } from '#components/console/time'
import { permits } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import { getVersion, listVersions } from '#lib/policy'
import type { PolicyVersion } from '#lib/policy/schema'
import type { Tenant } from '#lib/proof'
import { getOrg } from '#lib/tenancy'
import type { SearchParams } from '../../../filters.ts'
import { orNotFound, pathOf, requireOrg } from '../../../session.ts'
import { ConsoleShell } from '../../../shell.tsx'
import { Who } from '../../../who.tsx'
import { dropDraft, putInForce, replay, runCasesBy, saveDraft, withdrawVersion } from '../actions.ts'

export const metadata: Metadata = { title: 'Policy version' }

/** Versions that can be compared with: the newest. */
const comparedMost = 50

type Props = { params: Promise<{ org: string; id: string }>; searchParams: SearchParams }

export default async function PolicyVersionPage({ params, searchParams }: Props) {
  const { org, id } = await params
  const admin = await requireOrg(org, 'policies.read', `policies/${id}`)
  const { tenant, caller } = admin
  const uuid = parseId('policy_version', id)
  if (uuid === null) notFound()
  const version = await orNotFound(getVersion(tenant, uuid))
  const base = pathOf(tenant)
  const path = `${base}/policies/${version.id}`
  const segment = base.slice('/console/'.length)
  const mayManage = permits(caller.role, 'policies.manage')
  const isDraft = version.status === 'draft'
  const { with: asked } = await searchParams
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="policies">
      <Link href={`${base}/policies`} className="text-sm text-link underline-offset-2 hover:underline">
        Policies
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 text-xl font-semibold tracking-tight">
        Version {version.number}
        <VersionBadge status={version.status} />
      </h1>
      <div className="mt-6 grid grid-cols-[minmax(0,1fr)] gap-10">
        <Facts>
          {version.note !== null && <Fact name="Note">{version.note}</Fact>}
          <Fact name="Language">{version.engine === 'cedar' ? 'Cedar' : 'OPA'}</Fact>
          <Fact name="Written">
            <Time at={version.created_at} /> by{' '}
            <Who tenant={tenant} reader={caller} actor={version.created_by} />
          </Fact>
          {version.published_by !== null && (
            <Fact name="Published">
              <Time at={version.published_at} /> by{' '}
              <Who tenant={tenant} reader={caller} actor={version.published_by} />
            </Fact>
          )}
        </Facts>
        <section aria-labelledby="problems">
          <h2 id="problems" className="mb-3 font-semibold">
            What is wrong with it
          </h2>
          <Problems problems={version.problems} />
        </section>
        <section aria-labelledby="text">
          <h2 id="text" className="mb-3 font-semibold">
            Policies
          </h2>
          {isDraft && mayManage ? (
            <DraftForm
              action={saveDraft.bind(null, segment, version.id)}
              source={version.source}
              note={version.note ?? ''}
              isNew={false}
            />
          ) : (
            <SourceView source={version.source} />
          )}
        </section>
        <Compared
          tenant={tenant}
          version={version}
          asked={typeof asked === 'string' ? asked : null}
          path={path}
        />
        {mayManage && version.status !== 'discarded' && (
          <>
            <section aria-labelledby="cases" className="max-w-3xl">
              <h2 id="cases" className="mb-3 font-semibold">
                Cases
              </h2>
              <RunCases action={runCasesBy.bind(null, segment, version.id)} />
            </section>
            <section aria-labelledby="replay" className="max-w-3xl">
              <h2 id="replay" className="mb-3 font-semibold">
                Past calls
              </h2>
              <ReplayForm action={replay.bind(null, segment, version.id)} activity={`${base}/activity`} />
            </section>
            <section aria-labelledby="force">
              <h2 id="force" className="mb-3 font-semibold">
                In force
              </h2>
              {version.status === 'in_force' ? (
                <ConfirmAction
                  action={withdrawVersion.bind(null, segment, version.id)}
                  label="Withdraw"
                  title={`Withdraw version ${version.number}?`}
                  confirm="Withdraw now"
                  variant="danger"
                >
                  <p>From the next call on whatever people granted is allowed, where no rule forbids it.</p>
                </ConfirmAction>
              ) : (
                <div className="grid gap-6">
                  <PublishForm
                    action={putInForce.bind(null, segment, version.id, !isDraft)}
                    verb={isDraft ? 'Publish' : 'Put in force again'}
                  />
                  {isDraft && (
                    <ConfirmAction
                      action={dropDraft.bind(null, segment, version.id)}
                      label="Discard draft"
                      title={`Discard version ${version.number}?`}
                      confirm="Discard it"
                      variant="danger"
                    >
                      <p>It stays on the list and can be published no more.</p>
                    </ConfirmAction>
                  )}
                </div>
              )}
            </section>
          </>
        )}
      </div>
    </ConsoleShell>
  )
}

type Compare = { tenant: Tenant; version: PolicyVersion; asked: string | null; path: string }

/** What changed since another version: the one that is in force, or the one before, or the one that was asked for. */
async function Compared({ tenant, version, asked, path }: Compare) {
  const others = (await listVersions(tenant, null, comparedMost)).filter(
    ({ id, engine }) => id !== version.id && engine === version.engine,
  )
  const other =
    others.find(({ id }) => id === asked) ??
    others.find(({ status }) => status === 'in_force') ??
    others.find(({ number }) => number < version.number)
  const uuid = other && parseId('policy_version', other.id)
  if (!other || !uuid) return null
  const { source } = await getVersion(tenant, uuid)
  return (
    <section aria-labelledby="changes">
      <h2 id="changes" className="mb-3 font-semibold">
        Changes since version {other.number}
      </h2>
      <DiffView before={source} after={version.source} />
      {others.length > 1 && (
        <ul aria-label="Compare with" className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-sm">
          {others
            .filter(({ id }) => id !== other.id)
            .map(({ id, number }) => (
              <li key={id}>
                <Link href={`${path}?with=${id}`} className="text-link underline underline-offset-2">
                  Version {number}
                </Link>
              </li>
            ))}
        </ul>
      )}
    </section>
  )
}
