import { forOrg } from '#lib/db'
import type { Tenant } from '#lib/proof'
import { chainOf } from '../rows.ts'
import { type FoundHead, readHead } from './head.ts'
import { checkpointFolder, headsInFile } from './places.ts'

/** What this process can reach; `fault` says which stored head is not what was signed. */
export type Known = { heads: FoundHead[]; fault: string | null }

/** The signed heads of a chain, by their numbers: those of the folder and those of the database. */
export async function knownHeads(tenant: Tenant): Promise<Known> {
  const chain = chainOf(tenant)
  const rows = await forOrg(tenant, (tx) =>
    tx.audit_checkpoints.findMany({
      where: { org_id: tenant.orgId },
      select: { day: true, sequence: true, hash: true, jws: true },
    }),
  )
  let fault: string | null = null
  const stored = rows.flatMap(({ day, sequence, hash, jws }) => {
    const head = readHead(jws, 'database')
    if (head?.chain === chain && BigInt(head.sequence) === sequence && head.hash === hash) return [head]
    fault ??= `the stored signed head of ${day} is not what was signed: the database was tampered with`
    return head?.chain === chain ? [head] : []
  })
  const heads = new Map(
    [...stored, ...(await headsInFile(chain, checkpointFolder()))].map((head) => [head.jws, head]),
  )
  return { heads: [...heads.values()].sort((a, b) => a.sequence - b.sequence), fault }
}
