import { forOrg } from '#lib/db'
import type { CallFacts, Tenant } from '#lib/proof'
import { deploymentVersion, judgeByRules, rulesIn } from './decide.ts'
import { refusesAnyway } from './engines.ts'
import { publishedVersion } from './versions/source.ts'
import { inForceIn } from './versions/view.ts'

/**
 * Tells of calls that nobody has made whether policy would refuse them whatever they say: for lists of tools. A call that
 * people would be asked about is not refused, and what OPA would say is not known before.
 * @returns `null` where nothing is in force that could refuse
 */
export async function outlookOf(tenant: Tenant): Promise<((facts: CallFacts) => Promise<boolean>) | null> {
  const { rules, inForce } = await forOrg(tenant, async (tx) => ({
    rules: await rulesIn(tx, tenant),
    inForce: await inForceIn(tx, tenant),
  }))
  const version = inForce === null ? deploymentVersion() : await publishedVersion(tenant, inForce)
  if (rules.length === 0 && version === null) return null
  return async (facts) =>
    judgeByRules(facts, rules) !== null || (version !== null && (await refusesAnyway(version, facts)))
}
