import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import type { CallFacts, Tenant } from '#lib/proof'
import { deploymentVersion, judgeByRules, rulesIn } from '../decide.ts'
import { allowed, type Judgement, type Version } from '../engine.ts'
import { judgeBy } from '../engines.ts'
import type { Rule } from '../loaded.ts'
import type { CallInput, CaseResult, Judged, Problem } from '../schema.ts'
import { runCases, timezoneIn } from './cases.ts'
import { readVersion } from './drafts.ts'
import { factsOfMadeUp } from './made-up.ts'
import { publishedVersion } from './source.ts'
import { validate } from './validate.ts'
import { inForceIn, judgedOf, versionOf } from './view.ts'

/** A set that calls can be judged by without being in force: a version, or sources that nobody has kept. */
export type Bundle = { rules: readonly Rule[]; version: Version | null }

/** What an org's calls would be decided by if this version were in force. @throws AppError `not_found` */
export async function bundleOf(tenant: Tenant, versionId: string): Promise<Bundle> {
  const { row } = await readVersion(tenant, versionId)
  return { rules: await forOrg(tenant, (tx) => rulesIn(tx, tenant)), version: versionOf(row) }
}

/** Policies that nobody has kept, in the place of a version. */
export async function bundleOfSource(
  tenant: Tenant,
  version: Version,
): Promise<{ bundle: Bundle; problems: Problem[] }> {
  const { problems } = await validate(version)
  return { bundle: { rules: await forOrg(tenant, (tx) => rulesIn(tx, tenant)), version }, problems }
}

/** The internal id of a version by its number. */
export const versionNumbered = (tenant: Tenant, number: number): Promise<string | null> =>
  forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId, number }
    const row = await tx.policy_versions.findFirst({ where, select: { id: true } })
    return row?.id ?? null
  })

/** As the pipeline decides: the rules of the simple kind, then the version. */
export async function judgeWith({ rules, version }: Bundle, facts: CallFacts): Promise<Judgement> {
  return judgeByRules(facts, rules) ?? (version ? await judgeBy(version, facts) : allowed('builtin', []))
}

/**
 * Decides one made-up call, by a version or by what is in force. Nothing is called, nothing is written.
 * @throws AppError `not_found` for an absent version; `invalid_request` for a call that no tool would take
 */
export async function dryRun(
  tenant: Tenant,
  call: CallInput,
  versionId: string | null,
): Promise<Judged & { version_id: string | null; facts: CallFacts }> {
  const { rules, inForce, timezone } = await forOrg(tenant, async (tx) => ({
    rules: await rulesIn(tx, tenant),
    inForce: await inForceIn(tx, tenant),
    timezone: await timezoneIn(tx, tenant),
  }))
  const facts = factsOfMadeUp(tenant, call, timezone)
  const id = versionId ?? inForce
  const version =
    versionId !== null
      ? (await bundleOf(tenant, versionId)).version
      : inForce === null
        ? deploymentVersion()
        : await publishedVersion(tenant, inForce)
  const judgement = await judgeWith({ rules, version }, facts)
  return {
    ...judgedOf(judgement),
    version_id: id === null ? null : publicId('policy_version', id),
    facts,
  }
}

/** @throws AppError `not_found`; `unavailable` when the engine cannot be asked */
export async function testVersion(
  tenant: Tenant,
  id: string,
): Promise<{ passed: boolean; cases: CaseResult[] }> {
  const { row } = await readVersion(tenant, id)
  const cases = await runCases(tenant, versionOf(row))
  return { passed: cases.every(({ passed }) => passed), cases }
}
