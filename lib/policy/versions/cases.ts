import type { z } from 'zod'
import { forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Version } from '../engine.ts'
import { judgeBy } from '../engines.ts'
import {
  type CaseResult,
  callInput,
  type caseChange,
  type caseInput,
  type Expectation,
  expectation,
  type Judged,
  type PolicyCase,
} from '../schema.ts'
import { factsOfMadeUp } from './made-up.ts'
import { type Actor, judgedOf } from './view.ts'

/** More are a test suite of their own, and every publishing runs them all. */
const casesMax = 500

type Row = Awaited<ReturnType<Tx['policy_cases']['findFirstOrThrow']>>

const view = (tenant: Tenant, row: Row): PolicyCase => ({
  id: publicId('policy_case', row.id),
  org_id: tenant.externalId,
  name: row.name,
  call: callInput.parse(row.facts),
  expected: expectation.parse(row.expected),
  created_by: row.created_by as Actor,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

const json = (value: object) => value as Prisma.InputJsonObject

/** @throws AppError `invalid_request` for a call that no tool would take; `conflict` for one case too many */
export async function createCaseIn(
  tx: Tx,
  tenant: Tenant,
  { name, call, expected }: Omit<z.infer<typeof caseInput>, 'org_id'>,
  by: Actor,
): Promise<PolicyCase> {
  factsOfMadeUp(tenant, call, null)
  if ((await tx.policy_cases.count({ where: { org_id: tenant.orgId, deleted_at: null } })) >= casesMax) {
    throw new AppError('conflict', { detail: `There are ${casesMax} cases already.` })
  }
  const row = await tx.policy_cases.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      name,
      facts: json(call),
      expected: json(expected),
      created_by: by,
    },
  })
  return view(tenant, row)
}

const find = async (tx: Tx, tenant: Tenant, id: string): Promise<Row> => {
  const row = await tx.policy_cases.findFirst({ where: { org_id: tenant.orgId, id, deleted_at: null } })
  if (!row) throw new AppError('not_found')
  return row
}

/** @throws AppError `not_found` */
export const getCase = (tenant: Tenant, id: string): Promise<PolicyCase> =>
  forOrg(tenant, async (tx) => view(tenant, await find(tx, tenant, id)))

export const listCases = (tenant: Tenant, before: string | null, most: number): Promise<PolicyCase[]> =>
  forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId, deleted_at: null, ...(before !== null && { id: { lt: before } }) }
    const rows = await tx.policy_cases.findMany({ where, orderBy: { id: 'desc' }, take: most })
    return rows.map((row) => view(tenant, row))
  })

/** @throws AppError `not_found`, `invalid_request` */
export async function changeCaseIn(
  tx: Tx,
  tenant: Tenant,
  id: string,
  { name, call, expected }: z.infer<typeof caseChange>,
): Promise<PolicyCase> {
  await find(tx, tenant, id)
  if (call) factsOfMadeUp(tenant, call, null)
  const row = await tx.policy_cases.update({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    data: {
      ...(name !== undefined && { name }),
      ...(call !== undefined && { facts: json(call) }),
      ...(expected !== undefined && { expected: json(expected) }),
      updated_at: new Date(),
    },
  })
  return view(tenant, row)
}

/** @throws AppError `not_found` */
export async function deleteCaseIn(tx: Tx, tenant: Tenant, id: string): Promise<void> {
  await find(tx, tenant, id)
  await tx.policy_cases.update({
    where: { org_id_id: { org_id: tenant.orgId, id } },
    data: { deleted_at: new Date() },
  })
}

/**
 * Runs all cases of the org on a version, in the order in which they were written.
 * @throws AppError `unavailable` when the engine cannot be asked
 */
export async function runCases(tenant: Tenant, version: Version): Promise<CaseResult[]> {
  const { rows, timezone } = await forOrg(tenant, async (tx) => ({
    rows: await tx.policy_cases.findMany({
      where: { org_id: tenant.orgId, deleted_at: null },
      orderBy: { id: 'asc' },
    }),
    timezone: await timezoneIn(tx, tenant),
  }))
  const results: CaseResult[] = []
  for (const row of rows) {
    const { id, name, call, expected } = view(tenant, row)
    const actual = await judgeCase(tenant, version, call, timezone)
    results.push({ case_id: id, name, expected, actual, passed: fits(expected, actual) })
  }
  return results
}

/** A case about a tool that is gone, or that takes other params by now, can be judged by no version. */
async function judgeCase(
  tenant: Tenant,
  version: Version,
  call: PolicyCase['call'],
  timezone: string | null,
): Promise<Judged> {
  try {
    return judgedOf(await judgeBy(version, factsOfMadeUp(tenant, call, timezone)))
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'invalid_request')) throw error
    const decision = { engine: version.engine, decision: 'deny' as const, policyIds: [] }
    return judgedOf({ decision, reason: null, problem: error.message })
  }
}

/** What a case does not speak of may be as it likes; what could not be judged is never right. */
function fits(expected: Expectation, actual: Judged): boolean {
  const same = (a: readonly string[], b: readonly string[]) =>
    JSON.stringify([...a].sort()) === JSON.stringify([...b].sort())
  const bare = actual.policy_ids.map((id) => id.replace(/^v\d+:/, ''))
  return (
    actual.problem === null &&
    expected.decision === actual.decision &&
    (expected.policy_ids === undefined || same(expected.policy_ids, bare)) &&
    (expected.masks === undefined || same(expected.masks, actual.masks)) &&
    (expected.quorum === undefined || expected.quorum === actual.approval?.quorum)
  )
}

export async function timezoneIn(tx: Tx, tenant: Tenant): Promise<string | null> {
  const org = await tx.organizations.findUniqueOrThrow({
    where: { id: tenant.orgId },
    select: { timezone: true },
  })
  return org.timezone
}
