import { config } from '#lib/config'
import { deployment, type Tx } from '#lib/db'
import { toAppError } from '#lib/errors'
import type { MemberPerson } from '#lib/identity'
import { deploymentOrgId } from '#lib/ids'
import { log } from '#lib/log'
import { forgetMailIn, sendsMail } from '#lib/mail'
import type { Tenant } from '#lib/proof'
import { postOf } from '../flow/deliver.ts'
import { requestHours } from './request-schema.ts'

/** So many of those who could approve are written to; one of them has to. */
const lettersMost = 20

/** What is told, of a request that is about to be made. */
type Told = { id: string; by: string; reason: string; accounts: number | null }

/** The org's own people; operators, who may approve everywhere, only where nobody else could, or it is theirs. */
function writtenTo(tenant: Tenant, others: readonly MemberPerson[]): string[] {
  const own = others.filter(({ home }) => home === tenant.orgId)
  const people = own.length > 0 ? own : others
  return [...new Set(people.map(({ email }) => email.trim().toLowerCase()))].slice(0, lettersMost)
}

const pageOf = (tenant: Tenant, id: string): string => {
  const org = tenant.orgId === deploymentOrgId ? '~' : encodeURIComponent(tenant.externalId)
  return `${config().publicUrl}/console/${org}/revocations/requests/${id}`
}

/**
 * Readies letters to whoever could approve a revocation, which needs a connection of its own. A letter leads to the page
 * of the request, behind the sign-in: it decides nothing, and whoever it is forwarded to gets nowhere by it.
 * @returns what writes them down in a transaction, and how many people that is
 */
export async function readyToTell(
  tenant: Tenant,
  others: readonly MemberPerson[],
): Promise<(tx: Tx, told: Told) => Promise<number>> {
  const addresses = sendsMail() ? writtenTo(tenant, others) : []
  if (addresses.length === 0) return async () => 0
  const post = await postOf(tenant)
  return async (tx, { id, ...told }) => {
    // No sweep comes by the deployment's own letters.
    if (tenant.orgId === deployment.orgId) await forgetMailIn(tx, tenant)
    const until = new Date(Date.now() + requestHours * 3_600_000)
    const note = { kind: 'approver', locale: 'en', url: pageOf(tenant, id), ...told } as const
    let written = 0
    for (const to of addresses) if (await posted(post(tx, null, { ...note, to }, until))) written++
    return written
  }
}

/** Somebody who had their share of letters does not hold up what is asked for: the overview shows it to them. */
const posted = (letter: Promise<unknown>): Promise<boolean> =>
  letter.then(
    () => true,
    (thrown: unknown) => {
      const { code } = toAppError(thrown)
      if (code !== 'rate_limited') throw thrown
      log.warn({ code }, 'approver not written to')
      return false
    },
  )
