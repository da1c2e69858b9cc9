import { chainsToSign, forOrg, type Tx } from '#lib/db'
import type { Egress } from '#lib/egress'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { signer } from '#lib/signing'
import { chainOf } from '../rows.ts'
import type { Checkpoint } from '../schema.ts'
import { digestOf, encodeHead, type FoundHead, headType, mustRead, readHead } from './head.ts'
import { type Place, placesOf } from './places.ts'

type Last = { sequence: bigint; jws: string; pending: string[] } | null
type State = { head: { sequence: bigint; hash: string } | null; last: Last; now: Date }

const stateIn = async (tx: Tx, tenant: Tenant): Promise<State> => {
  const at = { where: { org_id: tenant.orgId } }
  const [clock] = await tx.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp()::timestamptz(3) AS now`
  return {
    head: await tx.audit_heads.findUnique(at),
    last: await tx.audit_checkpoints.findFirst({ ...at, orderBy: { sequence: 'desc' } }),
    now: clock?.now ?? new Date(),
  }
}

/**
 * Signs the head of a chain and keeps it in every place; a head that was signed before goes to the places that lack it.
 * @param places where to; a test gives its own
 * @returns what was signed, or `null` for a chain without events
 */
export async function signHead(
  egress: Egress,
  tenant: Tenant,
  places: readonly Place[] = placesOf(egress),
): Promise<Checkpoint | null> {
  const { sign } = await signer()
  const { head, last, now } = await forOrg(tenant, (tx) => stateIn(tx, tenant))
  if (!head || head.sequence === 0n) return null
  if (last && last.sequence > head.sequence) {
    const ends = { chain: chainOf(tenant), head: Number(head.sequence), signed: Number(last.sequence) }
    log.error(
      ends,
      'an audit ends before its last signed head: events were cut off, or an older state was put back',
    )
  }
  const known = last?.sequence === head.sequence ? last : null
  const found = known
    ? mustRead(known.jws, 'database')
    : mustRead(
        await sign(
          headType,
          encodeHead({
            v: 1,
            chain: chainOf(tenant),
            org_id: tenant.externalId,
            sequence: Number(head.sequence),
            hash: head.hash,
            at: now.toISOString(),
            prev: last && digestOf(last.jws),
          }),
        ),
        'database',
      )
  const lacking = known ? places.filter(({ name }) => known.pending.includes(name)) : places
  const failed = await keepIn(lacking, found)
  await forOrg(tenant, (tx) => storeIn(tx, tenant, found, failed))
  return view(found, failed)
}

async function keepIn(places: readonly Place[], head: FoundHead): Promise<string[]> {
  const outcomes = await Promise.allSettled(places.map(({ keep }) => keep(head)))
  return places.flatMap(({ name }, at) => {
    const outcome = outcomes[at]
    if (outcome?.status !== 'rejected') return []
    // The next run tries again: nothing is signed as kept that is not.
    log.warn({ place: name, chain: head.chain, err: outcome.reason }, 'a signed head was not taken')
    return [name]
  })
}

/** The last of each day stays; of two processes at once the later head wins. */
const storeIn = (
  tx: Tx,
  tenant: Tenant,
  head: FoundHead,
  pending: string[],
): Promise<unknown> => tx.$executeRaw`
  INSERT INTO audit_checkpoints AS c (org_id, day, sequence, hash, jws, at, pending, error_code)
  VALUES (${tenant.orgId}::uuid, ${head.at.slice(0, 10)}, ${head.sequence}::bigint, ${head.hash}, ${head.jws},
    ${new Date(head.at)}, ${pending}, ${pending.length > 0 ? 'not_taken' : null})
  ON CONFLICT (org_id, day) DO UPDATE SET sequence = EXCLUDED.sequence, hash = EXCLUDED.hash, jws = EXCLUDED.jws,
    at = EXCLUDED.at, pending = EXCLUDED.pending, error_code = EXCLUDED.error_code
  WHERE c.sequence <= EXCLUDED.sequence`

const atOnce = 8

/** Signs every chain that moved since its last signed head. @param olderSeconds age of that head, at least */
export async function signDueHeads(egress: Egress, olderSeconds: number): Promise<number> {
  let signed = 0
  // Each once a run: what a place did not take is for the next one, and must not crowd out the others.
  const seen = new Set<string>()
  for (;;) {
    const due = (await chainsToSign(olderSeconds, 200 + seen.size)).filter(({ orgId }) => !seen.has(orgId))
    if (due.length === 0) return signed
    const queue = due.values()
    const work = async () => {
      for (const tenant of queue) {
        seen.add(tenant.orgId)
        const done = await signHead(egress, tenant).catch((err: unknown) => {
          log.error({ err, chain: chainOf(tenant) }, 'a head could not be signed')
          return null
        })
        if (done) signed++
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
  }
}

const view = ({ chain, org_id, sequence, hash, at, kid, jws }: FoundHead, pending: string[]): Checkpoint => ({
  chain,
  org_id,
  sequence,
  hash,
  at,
  kid,
  jws,
  pending,
})

/** The signed heads that the database knows, the last of each day, newest first. @param before a day, exclusive */
export const listCheckpoints = (
  tenant: Tenant,
  before: string | null,
  most: number,
): Promise<(Checkpoint & { day: string })[]> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.audit_checkpoints.findMany({
      where: { org_id: tenant.orgId, ...(before !== null && { day: { lt: before } }) },
      orderBy: { day: 'desc' },
      take: most,
    })
    return rows.flatMap((row) => {
      const found = readHead(row.jws, 'database')
      return found ? [{ ...view(found, row.pending), day: row.day }] : []
    })
  })
