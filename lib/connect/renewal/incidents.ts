import { appendAudit, type Origin, originFields } from '#lib/audit'
import { deadSince, deployment, forOrg, isUniqueViolation, lookupTenant } from '#lib/db'
import { newId, publicId } from '#lib/ids'
import { log, metrics } from '#lib/log'
import type { AuthConfig } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { restoreAccount } from './reauth.ts'

// A provider that refuses many renewals alike has a fault, or a change of ours offends it: its users have not all
// withdrawn their consent in one moment. Then nothing is disconnected; what is refused is held and tried again, and an
// operator is told (PROVIDERS.json classification rule 7, THREATS.md fault 34).

const windowMinutes = 5
const shareMin = 0.2
/** Fewer than this many alike are single events, whatever their share. */
const alikeMin = 5
const flushMs = 1_000
/** Verdicts of ours, not of the provider. */
const ours: ReadonlySet<string> = new Set(['rotation_lost', 'expired', 'no_refresh_token'])

type AuthRef = Pick<AuthConfig, 'orgId' | 'id'>

/** The counts are the auth config's owner's: all orgs that use it share its fate. */
const ownerOf = (tenant: Tenant, auth: AuthRef): Tenant => (auth.orgId === tenant.orgId ? tenant : deployment)

type Count = { owner: Tenant; authConfigId: string; outcome: string; count: number }
const pending = new Map<string, Count>()
let timer: NodeJS.Timeout | null = null

/** Counts how a refresh ended; written in batches, so that a storm of them is not a storm of writes. */
export function countOutcome(tenant: Tenant, auth: AuthRef, outcome: string): void {
  const owner = ownerOf(tenant, auth)
  const key = `${auth.id}/${outcome}`
  const found = pending.get(key)
  pending.set(key, { owner, authConfigId: auth.id, outcome, count: (found?.count ?? 0) + 1 })
  timer ??= setTimeout(() => void flushOutcomes(), flushMs).unref()
}

let flushed: Promise<void> = Promise.resolve()

/** Writes what was counted; whoever asks while others' counts are being written waits for those too. */
function flushOutcomes(): Promise<void> {
  if (timer) clearTimeout(timer)
  timer = null
  flushed = flushed.then(writeOutcomes, writeOutcomes)
  return flushed
}

async function writeOutcomes(): Promise<void> {
  const counts = [...pending.values()]
  pending.clear()
  for (const counted of counts) {
    await writeCount(counted).catch((err: unknown) =>
      log.warn({ err, outcome: counted.outcome }, 'refresh outcomes not counted'),
    )
  }
}

const writeCount = ({ owner, authConfigId, outcome, count }: Count) =>
  forOrg(
    owner,
    (tx) => tx.$executeRaw`
      INSERT INTO refresh_outcomes (org_id, auth_config_id, minute, outcome, count)
      VALUES (${owner.orgId}::uuid, ${authConfigId}::uuid, date_trunc('minute', now()), ${outcome}, ${count})
      ON CONFLICT (org_id, auth_config_id, minute, outcome) DO UPDATE SET count = refresh_outcomes.count + excluded.count`,
  )

type Share = { alike: number; total: number }

async function shareOf(owner: Tenant, authConfigId: string, errorCode: string): Promise<Share> {
  const [row] = await forOrg(
    owner,
    (tx) => tx.$queryRaw<Share[]>`
      SELECT coalesce(sum(count) FILTER (WHERE outcome = ${errorCode}), 0)::int AS alike, coalesce(sum(count), 0)::int AS total
      FROM refresh_outcomes WHERE org_id = ${owner.orgId}::uuid AND auth_config_id = ${authConfigId}::uuid
        AND minute > now() - make_interval(mins => ${windowMinutes})`,
  )
  return row ?? { alike: 0, total: 0 }
}

const isWave = ({ alike, total }: Share) => alike >= alikeMin && alike / total > shareMin

/** Whether a refusal is one of too many alike to be believed: then its account is held, not disconnected. */
export async function isSuspect(
  tenant: Tenant,
  auth: AuthRef,
  connector: string,
  errorCode: string,
): Promise<boolean> {
  if (ours.has(errorCode)) return false
  const owner = ownerOf(tenant, auth)
  const last = await latest(owner, auth.id, errorCode)
  if (last && last.resolution === null) {
    await touch(owner, last.id)
    return true
  }
  await flushOutcomes()
  if (!isWave(await shareOf(owner, auth.id, errorCode))) return false
  // An operator has looked at this wave and says that it is what it seems.
  if (last?.resolution === 'confirmed' && last.recent) {
    await touch(owner, last.id)
    return false
  }
  await openIncident(owner, auth, connector, errorCode)
  return true
}

/**
 * Takes back what has just been believed, where a wave was seen meanwhile: who opened the incident may have looked for
 * such before this one was written.
 */
export async function wasSuspect(
  tenant: Tenant,
  auth: AuthRef,
  accountId: string,
  errorCode: string,
): Promise<boolean> {
  if (ours.has(errorCode)) return false
  const last = await latest(ownerOf(tenant, auth), auth.id, errorCode)
  if (last?.resolution !== null) return false
  await restoreAccount(tenant, accountId, errorCode, windowMinutes * 60)
  return true
}

type Latest = { id: string; resolution: string | null; recent: boolean }

async function latest(owner: Tenant, authConfigId: string, errorCode: string): Promise<Latest | null> {
  const [row] = await forOrg(
    owner,
    (tx) => tx.$queryRaw<Latest[]>`
      SELECT id, resolution, last_seen_at > now() - make_interval(mins => ${windowMinutes}) AS recent
      FROM provider_incidents WHERE org_id = ${owner.orgId}::uuid AND auth_config_id = ${authConfigId}::uuid
        AND error_code = ${errorCode} ORDER BY id DESC LIMIT 1`,
  )
  return row ?? null
}

const touch = (owner: Tenant, id: string) =>
  forOrg(
    owner,
    (tx) => tx.$executeRaw`UPDATE provider_incidents SET last_seen_at = now()
      WHERE org_id = ${owner.orgId}::uuid AND id = ${id}::uuid`,
  )

async function openIncident(
  owner: Tenant,
  auth: AuthRef,
  connector: string,
  errorCode: string,
): Promise<void> {
  const opened = await forOrg(owner, async (tx) => {
    await tx.provider_incidents.create({
      data: { org_id: owner.orgId, id: newId(), auth_config_id: auth.id, connector, error_code: errorCode },
    })
    await appendAudit(tx, owner, {
      action: 'provider_incident.opened',
      outcome: 'unknown',
      actor: { type: 'system', id: 'vault' },
      error_code: errorCode,
      details: { connector, auth_config_id: publicId('auth_config', auth.id) },
    })
    return true
  }).catch((error: unknown) => {
    if (isUniqueViolation(error)) return false
    throw error
  })
  if (!opened) return
  metrics.alarms.inc({ kind: 'provider_incident' })
  log.error(
    { connector, auth_config_id: publicId('auth_config', auth.id), error_code: errorCode },
    'a provider refuses too many renewals alike: its accounts are held, none is disconnected',
  )
  await restoreBelieved(auth, errorCode, windowMinutes * 60)
}

/** Takes back what was believed before the wave could be seen. */
async function restoreBelieved(auth: AuthRef, errorCode: string, seconds: number): Promise<void> {
  for (const { orgId, accountId } of await deadSince(auth, errorCode, seconds)) {
    const tenant = await lookupTenant(orgId)
    if (tenant) await restoreAccount(tenant, accountId, errorCode, windowMinutes * 60)
  }
}

type Open = { id: string; auth_config_id: string; error_code: string; seconds: number }

/** Closes the incidents of an auth config's owner whose provider renews again; forgets counts that are of no more use. */
export async function sweepIncidents(owner: Tenant): Promise<void> {
  await forOrg(
    owner,
    (tx) => tx.$executeRaw`
      DELETE FROM refresh_outcomes WHERE org_id = ${owner.orgId}::uuid AND minute < now() - interval '1 hour'`,
  )
  const open = await forOrg(
    owner,
    (tx) => tx.$queryRaw<Open[]>`
      SELECT id, auth_config_id, error_code, extract(epoch FROM now() - started_at)::float8 AS seconds
      FROM provider_incidents WHERE org_id = ${owner.orgId}::uuid AND resolution IS NULL`,
  )
  for (const incident of open) {
    // Another process may have been about to believe one while the incident was opened, or have ended meanwhile.
    const auth = { orgId: owner.orgId, id: incident.auth_config_id }
    await restoreBelieved(auth, incident.error_code, incident.seconds + windowMinutes * 60)
    const share = await shareOf(owner, incident.auth_config_id, incident.error_code)
    const renewed = await shareOf(owner, incident.auth_config_id, 'refreshed')
    if (renewed.alike > 0 && !isWave(share))
      await resolveIncident(owner, incident.id, 'recovered', { type: 'system', id: 'vault' })
  }
}

/**
 * Ends an incident: by itself once renewals pass again, or by an operator who says that they are rightly refused.
 * @returns whether it was open
 */
export function resolveIncident(
  owner: Tenant,
  id: string,
  resolution: 'recovered' | 'confirmed',
  actor: { type: string; id: string },
  origin: Origin | null = null,
): Promise<boolean> {
  return forOrg(owner, async (tx) => {
    const at = { org_id: owner.orgId, id, resolution: null }
    const now = new Date()
    const { count } = await tx.provider_incidents.updateMany({
      where: at,
      data: { resolution, resolved_at: now, last_seen_at: now },
    })
    if (count !== 1) return false
    const incident = await tx.provider_incidents.findUniqueOrThrow({
      where: { org_id_id: { org_id: owner.orgId, id } },
    })
    await appendAudit(tx, owner, {
      action: 'provider_incident.resolved',
      outcome: 'allowed',
      actor,
      error_code: incident.error_code,
      details: { resolution, connector: incident.connector },
      ...(origin && originFields(origin)),
    })
    return true
  })
}
