import { appendAudit, type Origin, originFields } from '#lib/audit'
import { config } from '#lib/config'
import { upsertUserIn } from '#lib/consent'
import { deployment, forOrg, lookupOrg, lookupSignIn, lookupTenant, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf } from '#lib/identity'
import { newId, newToken, sha256 } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import { getOrg, getOrgIn, verifiedDomain } from '#lib/tenancy'
import type { Interaction, SignedIn } from '../interaction.ts'
import { interactionPath } from '../issuer.ts'
import type { SignInView } from '../schema.ts'

/** How long a product has to vouch, and how long its answer is good, in seconds. */
const vouchSeconds = { ask: 600, answer: 120 } as const

export type Person = { org: string; user: string }

/** Whose page a sign-in is: the org whose resource is asked for; the deployment where it is every org's. */
export async function tenantOfSignIn({ orgId }: Pick<Interaction, 'orgId'>): Promise<Tenant> {
  if (orgId === null) return deployment
  const tenant = await lookupOrg(orgId)
  if (!tenant) throw new AppError('not_found')
  return tenant
}

/** Where an org's product vouches for people; `null` where it has not said so, or not within its own origins. */
export async function signInUrl(tenant: Tenant): Promise<URL | null> {
  if (tenant.orgId === deployment.orgId) return null
  const { settings, origins } = await getOrg(tenant)
  const { sign_in_url: url } = settings
  return typeof url === 'string' && origins.includes(new URL(url).origin) ? new URL(url) : null
}

const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000)

/** What ended, or ran out, a day ago. */
export const forgetIn = (tx: Tx, tenant: Tenant): Promise<unknown> =>
  tx.$executeRaw`DELETE FROM sign_ins WHERE org_id = ${tenant.orgId}::uuid AND expires_at < now() - interval '1 day'`

/**
 * Asks the product who its visitor is. Only the browser of the interaction can finish what this begins.
 * @returns where the browser goes
 * @throws AppError `not_found` where the product cannot be asked
 */
export async function askProduct(interaction: Interaction): Promise<string> {
  const tenant = await tenantOfSignIn(interaction)
  const to = await signInUrl(tenant)
  if (!to) throw new AppError('not_found')
  const handle = newToken('si')
  const fresh = {
    handle: sha256(handle),
    code: null,
    people: [],
    proved_at: null,
    ended: null,
    expires_at: inSeconds(vouchSeconds.ask),
  }
  await forOrg(tenant, async (tx) => {
    await forgetIn(tx, tenant)
    const at = { org_id: tenant.orgId, interaction: interaction.uid, kind: 'product' }
    const { count } = await tx.sign_ins.updateMany({ where: at, data: fresh })
    if (count === 0) await tx.sign_ins.create({ data: { ...at, id: newId(), ...fresh } })
  })
  to.searchParams.set('sign_in', handle)
  return to.href
}

/**
 * The product says who is signed in there.
 * @returns where it sends that person's browser; good once, for two minutes, in the browser that asked
 * @throws AppError `not_found` for a handle that is unknown, or another org's; `session_expired`; `session_used` for
 *   one that was confirmed; `conflict` for a user who was deactivated
 */
export async function confirmSignIn(
  caller: Caller,
  handle: string,
  { user_id, org_id }: { user_id: string; org_id?: string | undefined },
  origin: Origin,
): Promise<{ redirect_url: string }> {
  const found = await lookupSignIn(sha256(handle))
  const tenant = found?.tenant
  const theirs = tenant && (caller.reach === null || caller.reach.orgId === tenant.orgId)
  if (!found || !tenant || !theirs || (org_id !== undefined && org_id !== tenant.externalId))
    throw new AppError('not_found', { detail: 'No such sign-in.' })
  const code = newToken('cc')
  const interaction = await forOrg(tenant, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM sign_ins WHERE org_id = ${tenant.orgId}::uuid AND id = ${found.id}::uuid FOR UPDATE`
    const at = { org_id_id: { org_id: tenant.orgId, id: found.id } }
    const row = await tx.sign_ins.findUnique({ where: at })
    if (!row?.handle) throw new AppError('not_found', { detail: 'No such sign-in.' })
    if (row.proved_at || row.ended) throw new AppError('session_used')
    if (row.expires_at <= new Date()) throw new AppError('session_expired')
    const userId = await upsertUserIn(tx, tenant, user_id, undefined)
    await tx.sign_ins.update({
      where: at,
      data: {
        code: sha256(code),
        people: [{ org: tenant.orgId, user: userId }],
        proved_at: new Date(),
        expires_at: inSeconds(vouchSeconds.answer),
      },
    })
    await appendAudit(tx, tenant, {
      action: 'sign_in.confirmed',
      outcome: 'allowed',
      actor: actorOf(caller),
      user_id,
      ...originFields(origin),
    })
    return row.interaction
  })
  const url = new URL(`${config().publicUrl}${interactionPath(interaction)}/signed_in`)
  url.searchParams.set('code', code)
  return { redirect_url: url.href }
}

/**
 * Takes what the product answered with, from a browser.
 * @param interaction what this browser is in; `null` where it has no cookie of it. Then somebody else began it, and the
 *   answer is burnt (THREATS.md C1)
 * @throws AppError `user_mismatch` in another browser; `session_expired`, `session_used`; `not_found`
 */
export async function finishWithProduct(
  interaction: Interaction | null,
  code: string,
  origin: Origin,
): Promise<SignedIn> {
  const found = await lookupSignIn(sha256(code))
  if (!found) throw new AppError('session_used')
  const { tenant, id } = found
  const finished = await forOrg(tenant, async (tx) => {
    const [row] = await tx.$queryRaw<{ interaction: string; people: Person[]; over: boolean }[]>`
      SELECT interaction, people, expires_at <= now() AS over FROM sign_ins WHERE org_id = ${tenant.orgId}::uuid
        AND id = ${id}::uuid AND code IS NOT NULL AND ended IS NULL FOR UPDATE`
    const [person] = row?.people ?? []
    if (!row || !person) return null
    const own = interaction !== null && interaction.uid === row.interaction
    await tx.sign_ins.update({
      where: { org_id_id: { org_id: tenant.orgId, id } },
      data: { code: null, handle: null, ended: own ? 'signed_in' : 'elsewhere' },
    })
    const outcome = own && !row.over ? 'in' : own ? 'over' : 'elsewhere'
    await recordSignIn(tx, tenant, person.user, 'product', outcome, origin)
    return { outcome, person }
  })
  if (!finished) throw new AppError('session_used')
  if (finished.outcome === 'elsewhere') throw new AppError('user_mismatch')
  if (finished.outcome === 'over') throw new AppError('session_expired')
  return { orgId: finished.person.org, userId: finished.person.user }
}

/** Says in the org's audit that somebody signed in at the authorization server, or was refused. */
export async function recordSignIn(
  tx: Tx,
  tenant: Tenant,
  userId: string,
  by: 'product' | 'mail',
  outcome: 'in' | 'over' | 'elsewhere',
  origin: Origin,
): Promise<void> {
  const user = await tx.end_users.findUnique({
    where: { org_id_id: { org_id: tenant.orgId, id: userId } },
    select: { external_id: true },
  })
  await appendAudit(tx, tenant, {
    action: outcome === 'in' ? 'sign_in.succeeded' : 'sign_in.refused',
    outcome: outcome === 'in' ? 'allowed' : 'denied',
    actor: { type: 'end_user', id: userId },
    user_id: user?.external_id ?? null,
    ...(outcome !== 'in' && { error_code: outcome === 'over' ? 'session_expired' : 'user_mismatch' }),
    details: { by },
    ...originFields(origin),
  })
}

/**
 * The orgs of people, for one to be chosen; whoever is gone by now is left out. An org may call itself like another: what
 * it has proven to be its own tells them apart.
 */
export async function choicesOf(people: readonly Person[]): Promise<SignInView['choices']> {
  const found = await Promise.all(
    people.map(async ({ org, user }) => {
      const tenant = await lookupTenant(org)
      if (!tenant) return []
      const domain = await verifiedDomain(tenant)
      return forOrg(tenant, async (tx) => {
        const row = await tx.end_users.findFirst({
          where: { org_id: org, id: user, deleted_at: null, deactivated_at: null },
          select: { external_id: true, name: true },
        })
        const { name } = await getOrgIn(tx, tenant)
        return row ? [{ id: user, name, domain, user: row.name ?? row.external_id }] : []
      })
    }),
  )
  return found.flat()
}
