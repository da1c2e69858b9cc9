import type { Metadata } from 'next'
import { z } from 'zod'
import { ConfirmAction } from '#components/console/confirm-action'
import { Pager } from '#components/console/pager'
import { DraftForm, NewCase } from '#components/console/policies/policy-forms'
import { VersionsTable } from '#components/console/policies/versions-table'
import { Alert } from '#components/ui/alert'
import { Empty } from '#components/ui/empty'
import { Table, Td, Th } from '#components/ui/table'
import { cursorOf, page, uuidShape } from '#lib/http'
import { permits } from '#lib/identity/schema'
import { listCases, listPolicies, listVersions } from '#lib/policy'
import { getOrg } from '#lib/tenancy'
import { toolNames } from '#runtime'
import { hrefOf, readFilter, rowsMost, type SearchParams } from '../../filters.ts'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'
import { addCase, dropCase, makeDraft } from './actions.ts'

export const metadata: Metadata = { title: 'Policies' }

/** As many as there may be. */
const casesMost = 500
const rulesMost = 200

/** What allows as much as no policy at all, to begin with. */
const starter = 'permit(principal, action, resource);\n'

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function PoliciesPage({ params, searchParams }: Props) {
  const admin = await requireOrg((await params).org, 'policies.read', 'policies')
  const { tenant, caller } = admin
  const path = `${pathOf(tenant)}/policies`
  const segment = pathOf(tenant).slice('/console/'.length)
  const mayManage = permits(caller.role, 'policies.manage')
  const { before, fault } = await readFilter(searchParams, z.object({}), uuidShape)
  const [rows, rules, cases] = await Promise.all([
    fault === null ? listVersions(tenant, before, rowsMost + 1) : [],
    listPolicies(tenant, null, rulesMost),
    listCases(tenant, null, casesMost),
  ])
  const { data, next_cursor } = page(rows, rowsMost, cursorOf('policy_version'))
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="policies">
      <h1 className="text-xl font-semibold tracking-tight">Policies</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        What of all that people granted this organization wants to happen. One version is in force; without
        one, whatever was granted is allowed that no rule forbids.
      </p>
      <div className="mt-6 grid grid-cols-[minmax(0,1fr)] gap-10">
        {fault !== null && <Alert tone="danger">{fault}</Alert>}
        <section aria-labelledby="versions">
          <h2 id="versions" className="mb-3 font-semibold">
            Versions
          </h2>
          {data.length === 0 ? (
            <Empty title="No version yet">
              {mayManage ? 'Make a draft below.' : 'An owner or a security admin makes drafts.'}
            </Empty>
          ) : (
            <VersionsTable versions={data} pathOf={({ id }) => `${path}/${id}`} />
          )}
          <Pager first={before === null ? null : path} next={next_cursor && hrefOf(path, {}, next_cursor)} />
        </section>
        {rules.length > 0 && (
          <section aria-labelledby="rules">
            <h2 id="rules" className="mb-3 font-semibold">
              Rules that forbid
            </h2>
            <p className="mb-3 text-sm text-muted-fg">What one of them forbids, no version allows.</p>
            <Table label="Rules">
              <thead>
                <tr>
                  <Th>Rule</Th>
                  <Th>Forbids</Th>
                </tr>
              </thead>
              <tbody>
                {rules.map(({ id, name, tools, effects }) => (
                  <tr key={id}>
                    <Td className="font-medium wrap-anywhere">{name}</Td>
                    <Td className="wrap-anywhere">{[...tools, ...effects].join(', ')}</Td>
                  </tr>
                ))}
              </tbody>
            </Table>
          </section>
        )}
        <section aria-labelledby="cases">
          <h2 id="cases" className="mb-3 font-semibold">
            Cases
          </h2>
          <p className="mb-3 max-w-prose text-sm text-muted-fg">
            Made-up calls and what is to be decided about them. Every version has to get them right before it
            is published; they are run on its page.
          </p>
          {cases.length > 0 && (
            <Table label="Cases">
              <thead>
                <tr>
                  <Th>Case</Th>
                  <Th>Is to be</Th>
                  {mayManage && <Th>Remove it</Th>}
                </tr>
              </thead>
              <tbody>
                {cases.map(({ id, name, call, expected }) => (
                  <tr key={id}>
                    <Td className="wrap-anywhere">
                      <span className="font-medium">{name}</span>
                      <code className="block font-mono text-xs text-muted-fg">{call.tool_name}</code>
                    </Td>
                    <Td>{{ allow: 'Allowed', deny: 'Denied', ask: 'Asked about' }[expected.decision]}</Td>
                    {mayManage && (
                      <Td>
                        <ConfirmAction
                          action={dropCase.bind(null, segment, id)}
                          label="Remove"
                          title={`Remove ${name}?`}
                          confirm="Remove case"
                          variant="danger"
                        >
                          <p>No version has to get it right any more.</p>
                        </ConfirmAction>
                      </Td>
                    )}
                  </tr>
                ))}
              </tbody>
            </Table>
          )}
          {mayManage && (
            <div className="mt-5">
              <NewCase action={addCase.bind(null, segment)} tools={toolNames} />
            </div>
          )}
        </section>
        {mayManage && (
          <section aria-labelledby="new-draft" className="max-w-3xl">
            <h2 id="new-draft" className="mb-3 font-semibold">
              New draft
            </h2>
            <DraftForm action={makeDraft.bind(null, segment)} source={starter} note="" isNew />
          </section>
        )}
      </div>
    </ConsoleShell>
  )
}
