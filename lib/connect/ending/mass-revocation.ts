import { appendAudit, type Origin, originFields } from '#lib/audit'
import { shownOf } from '#lib/console'
import { deployment, forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf, systemCaller } from '#lib/identity'
import { newId, parseId, publicId } from '#lib/ids'
import { enqueueIn } from '#lib/jobs'
import type { Caller, Tenant } from '#lib/proof'
import { allTenants, tenantFrom } from '#lib/tenancy'
import { dropFromGrantsIn } from '../agent-grants/end.ts'
import { connectorOf, type Deps } from '../context.ts'
import type { Revocation, RevocationInput } from '../schema.ts'
import { byOneselfIn } from './by-oneself.ts'
import { getRevocationIn } from './revocation-report.ts'
import { type Stopped, stopManyIn, type Which } from './stop-many.ts'

const stopMsMax = 120_000

type Filter = Pick<RevocationInput, 'user_id' | 'connector' | 'auth_config_id' | 'all'>
type Actor = { type: string; id: string }

/** What the console says beside what the wire can say. */
export type Closer = {
  /** Of accounts in this status alone. */
  status?: string
  /** Of these accounts alone, by their internal ids, and how they were picked: as the report keeps it. */
  among?: { ids: readonly string[]; told: Prisma.InputJsonObject }
  /** What somebody looked at before they confirmed (`shownOf`): nothing is stopped where it is another set by now. */
  shown?: string
  /** Whether a second person said yes; what a person of the console ends alone is judged by how much it is. */
  approved?: true
  /** Who asked for it, where somebody else approved: stands in the audit beside whoever did. */
  details?: Readonly<Record<string, string>>
  /** Runs in the transaction that writes the report down, which it can refuse. */
  recordIn?: (tx: Tx, id: string) => Promise<void>
}

/** What a mass revocation writes down, whoever asked for it. */
export type MassFacts = {
  batchId: string
  filter: Prisma.InputJsonObject
  reason: string
  actor: Actor
  origin: Origin | null
  sessions: 'under_way' | 'all'
  closer?: Closer
}

/**
 * Stops everything that matches in the caller's transaction, with one audit event, and queues what tells the
 * providers.
 * @returns the internal id of the report and what was stopped
 */
export async function stopMassIn(
  tx: Tx,
  tenant: Tenant,
  which: Which,
  facts: MassFacts,
): Promise<{ id: string; stopped: Stopped[] }> {
  const stopped = await stopManyIn(tx, tenant, which, facts.reason, facts.sessions)
  assertShown(stopped, facts.closer?.shown)
  const id = newId()
  await tx.mass_revocations.create({
    data: {
      org_id: tenant.orgId,
      id,
      batch_id: facts.batchId,
      filter: facts.filter,
      reason: facts.reason,
      status: 'running',
      total: stopped.length,
      created_by: facts.actor,
    },
  })
  await tx.$executeRaw`
    INSERT INTO mass_revocation_accounts (org_id, revocation_id, account_id, upstream_revocation_id, upstream, settled_at)
    SELECT ${tenant.orgId}::uuid, ${id}::uuid, i.account_id, i.owed,
      CASE WHEN i.owed IS NULL THEN 'nothing_owed' ELSE 'pending' END, CASE WHEN i.owed IS NULL THEN now() END
    FROM unnest(${stopped.map(({ accountId }) => accountId)}::uuid[],
      ${stopped.map(({ owedId }) => owedId)}::uuid[]) AS i (account_id, owed)`
  await appendAudit(tx, tenant, {
    action: 'connected_accounts.revoked',
    outcome: 'allowed',
    actor: facts.actor,
    details: {
      revocation_id: publicId('revocation', id),
      batch_id: publicId('revocation', facts.batchId),
      reason: facts.reason,
      accounts: stopped.length,
      filter: JSON.stringify(facts.filter),
      ...facts.closer?.details,
    },
    ...(facts.origin && originFields(facts.origin)),
  })
  await dropFromGrantsIn(
    tx,
    tenant,
    stopped.map(({ accountId }) => accountId),
    facts,
  )
  await enqueueIn(tx, tenant, 'settle_mass_revocation', { revocation_id: id })
  await facts.closer?.recordIn?.(tx, id)
  return { id, stopped }
}

/** @throws AppError `conflict`, which undoes what was stopped */
function assertShown(stopped: readonly Stopped[], shown: string | undefined): void {
  const now = shownOf(stopped.map(({ accountId }) => accountId))
  if (shown === undefined || now === shown) return
  const before = Number(shown.split('.')[0])
  throw new AppError('conflict', {
    detail:
      before === stopped.length
        ? 'As many accounts match as you were shown, but others. Nothing was stopped. Look again, and confirm.'
        : `${stopped.length} accounts match now, and you were shown ${before}. Nothing was stopped. Look again, and confirm.`,
  })
}

const invalid = (param: string, detail: string, message: string) =>
  new AppError('invalid_request', { detail, param, errors: [{ path: param, message }] })

function assertFilter(deps: Deps, caller: Caller, input: RevocationInput): void {
  const { org_id, user_id, connector, auth_config_id, all } = input
  if (connector !== undefined && !Object.hasOwn(deps.connectors, connector))
    throw invalid('connector', `There is no connector ${connector}.`, 'is no connector')
  if (connector !== undefined) connectorOf(deps, connector)
  if ([org_id, user_id, connector, auth_config_id, all].every((given) => given === undefined))
    throw invalid('all', 'Give a filter, or say all: true.', 'is required without a filter')
  if (user_id !== undefined && org_id === undefined && caller.reach === null)
    throw invalid('org_id', 'A user is one of an organization: say which.', 'is required with user_id')
}

/** @throws AppError `not_found` for a user or an auth config that is not there */
async function whichIn(tx: Tx, tenant: Tenant, filter: Filter, closer: Closer = {}): Promise<Which> {
  const which: Which = {
    ...(filter.connector !== undefined && { connector: filter.connector }),
    ...(closer.status !== undefined && { status: closer.status }),
    ...(closer.among !== undefined && { among: closer.among.ids }),
  }
  if (filter.user_id !== undefined) {
    const user = await tx.end_users.findFirst({
      where: { org_id: tenant.orgId, external_id: filter.user_id, deleted_at: null },
    })
    if (!user) throw new AppError('not_found', { detail: 'No such user.' })
    which.userId = user.id
  }
  if (filter.auth_config_id !== undefined) {
    const id = parseId('auth_config', filter.auth_config_id)
    // The org's own and the deployment's are all that row-level security shows.
    const config = id && (await tx.auth_configs.findFirst({ where: { id } }))
    if (!config) throw new AppError('not_found', { detail: 'No such auth config.' })
    which.authConfigId = config.id
  }
  return which
}

const filterOf = (
  { user_id, connector, auth_config_id, all }: Filter,
  { status, among }: Closer = {},
): Prisma.InputJsonObject => ({
  ...(user_id !== undefined && { user_id }),
  ...(connector !== undefined && { connector }),
  ...(auth_config_id !== undefined && { auth_config_id }),
  ...(all !== undefined && { all }),
  ...(status !== undefined && { status }),
  ...among?.told,
})

/**
 * Revokes everything that matches: stopped when this answers, told to the providers by a job. Without an org it is
 * every org, one transaction each; a job goes on where that was cut off.
 * @throws AppError `invalid_request` without a filter, `not_found`, `conflict` where other accounts match than were shown,
 *   `forbidden` for one person of the console alone where it takes two
 */
export async function revokeMany(
  deps: Deps,
  caller: Caller,
  input: RevocationInput,
  origin: Origin,
  closer: Closer = {},
): Promise<{ batch_id: string; data: Revocation[] }> {
  assertFilter(deps, caller, input)
  const actor = actorOf(caller)
  const filter = filterOf(input, closer)
  const batchId = newId()
  const { reason } = input
  const facts: MassFacts = { batchId, filter, reason, actor, origin, sessions: 'under_way', closer }
  const alone = caller.kind === 'admin' && closer.approved === undefined
  if (input.org_id !== undefined || caller.reach !== null) {
    const tenant = await tenantFrom(caller, input.org_id)
    const made = await forOrg(
      tenant,
      async (tx) => {
        const which = await whichIn(tx, tenant, input, closer)
        const stop = () => stopMassIn(tx, tenant, which, facts)
        const { id } = alone ? await byOneselfIn(tx, tenant, filter, stop) : await stop()
        return getRevocationIn(tx, tenant, id)
      },
      stopMsMax,
    )
    return { batch_id: made.batch_id, data: [made] }
  }
  if (alone) throw new AppError('forbidden', { detail: 'Over every organization it takes a second person.' })
  await forOrg(deployment, async (tx) => {
    await whichIn(tx, deployment, input)
    await tx.mass_revocations.create({
      data: {
        org_id: deployment.orgId,
        id: batchId,
        batch_id: batchId,
        filter,
        reason,
        status: 'running',
        created_by: actor,
      },
    })
    await appendAudit(tx, deployment, {
      action: 'connected_accounts.revoked',
      outcome: 'allowed',
      actor,
      details: {
        batch_id: publicId('revocation', batchId),
        reason,
        filter: JSON.stringify(filter),
        ...closer.details,
      },
      ...originFields(origin),
    })
    // For the case that this process ends before it is through.
    await enqueueIn(tx, deployment, 'stop_batch', { batch_id: batchId }, { runInSeconds: 60 })
    await closer.recordIn?.(tx, batchId)
  })
  const data = await stopBatch(batchId, origin)
  return { batch_id: publicId('revocation', batchId), data }
}

/**
 * Stops what a batch over every org has not yet stopped. Run again it finds the same orgs stopped already.
 * @returns a report for each org that had something to stop
 */
export async function stopBatch(batchId: string, origin: Origin | null): Promise<Revocation[]> {
  const head = await forOrg(deployment, (tx) =>
    tx.mass_revocations.findUnique({ where: { org_id_id: { org_id: deployment.orgId, id: batchId } } }),
  )
  if (!head || head.status === 'done') return []
  const filter = head.filter as Filter
  const facts: MassFacts = {
    batchId,
    filter: filterOf(filter),
    reason: head.reason,
    actor: head.created_by as Actor,
    origin,
    sessions: 'under_way',
  }
  const reports: Revocation[] = []
  for await (const tenant of allTenants(systemCaller('revocation'))) {
    if (tenant.orgId === deployment.orgId) continue
    const report = await forOrg(tenant, (tx) => stopOrgOfBatchIn(tx, tenant, filter, facts), stopMsMax)
    if (report) reports.push(report)
  }
  await forOrg(deployment, (tx) =>
    tx.mass_revocations.updateMany({
      where: { org_id: deployment.orgId, id: batchId, status: 'running' },
      data: {
        status: 'done',
        finished_at: new Date(),
        total: reports.reduce((sum, { accounts }) => sum + accounts.stopped, 0),
      },
    }),
  )
  return reports
}

async function stopOrgOfBatchIn(
  tx: Tx,
  tenant: Tenant,
  filter: Filter,
  facts: MassFacts,
): Promise<Revocation | null> {
  const batch = { org_id: tenant.orgId, batch_id: facts.batchId }
  const before = await tx.mass_revocations.findFirst({ where: batch })
  if (before) return getRevocationIn(tx, tenant, before.id)
  // Another org's own auth config is not seen here, and no account of this one rests on it.
  const which = await whichIn(tx, tenant, filter).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') return null
    throw error
  })
  const where = {
    org_id: tenant.orgId,
    status: { not: 'revoked' },
    ...(which?.connector && { connector: which.connector }),
    ...(which?.authConfigId && { auth_config_id: which.authConfigId }),
  }
  if (!which || !(await tx.connected_accounts.findFirst({ where, select: { id: true } }))) return null
  const { id } = await stopMassIn(tx, tenant, which, facts)
  return getRevocationIn(tx, tenant, id)
}
