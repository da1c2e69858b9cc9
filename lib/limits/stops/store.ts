import { forOrg, type Prisma, runningEverywhere, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { deploymentOrgId, newId, parseId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import type { Stop, StopInput, StopSubject } from '../schema.ts'

type Row = Awaited<ReturnType<Tx['stops']['findFirstOrThrow']>>
type Actor = { type: string; id: string }

/** What of the calls under way is still counted; older ones belong to nobody, and the sweep closes them. */
const runningSinceSeconds = 120
/** What a call that moves a file may take beyond that. */
const fileSeconds = 600
const inFlightWaitMs = 1_000
const lookAgainMs = 10

const status = (row: Row, now: Date): Stop['status'] =>
  row.lifted_at ? 'lifted' : row.until && row.until <= now ? 'over' : 'active'

/** @param users external ids by internal ones */
function view(tenant: Tenant, row: Row, users: ReadonlyMap<string, string>): Stop {
  const { subject, subject_id: id } = row
  const shown = { agent: () => publicId('agent', id), user: () => users.get(id) ?? publicId('end_user', id) }
  return {
    id: publicId('stop', row.id),
    org_id: tenant.orgId === deploymentOrgId ? null : tenant.externalId,
    subject: {
      type: subject as Stop['subject']['type'],
      id: subject in shown ? shown[subject as keyof typeof shown]() : id || null,
    },
    reason: row.reason,
    status: status(row, new Date()),
    placed_by: row.placed_by as Actor,
    created_at: row.created_at.toISOString(),
    until: row.until?.toISOString() ?? null,
    lifted_at: row.lifted_at?.toISOString() ?? null,
    lifted_by: row.lifted_by as Actor | null,
    lift_reason: row.lift_reason,
  }
}

async function viewsIn(tx: Tx, tenant: Tenant, rows: readonly Row[]): Promise<Stop[]> {
  const ids = rows.filter(({ subject }) => subject === 'user').map(({ subject_id }) => subject_id)
  const users =
    ids.length === 0 ? [] : await tx.end_users.findMany({ where: { org_id: tenant.orgId, id: { in: ids } } })
  const names = new Map(users.map((user) => [user.id, user.external_id]))
  return rows.map((row) => view(tenant, row, names))
}

const invalid = (path: string, message: string) =>
  new AppError('invalid_request', { detail: `${path} ${message}.`, param: path, errors: [{ path, message }] })

/** The internal id or name that a stop is kept under. A misspelt one must not be taken for a stop that holds. */
async function subjectIdIn(
  tx: Tx,
  tenant: Tenant,
  subject: StopSubject,
  tools: readonly string[],
): Promise<string> {
  const everywhere = tenant.orgId === deploymentOrgId
  switch (subject.type) {
    case 'all':
      if (!everywhere) throw invalid('org_id', 'does not go with all: to stop an organization, say org')
      return ''
    case 'org':
      if (everywhere) throw invalid('org_id', 'is required to stop an organization')
      return ''
    case 'user': {
      if (everywhere) throw invalid('org_id', 'is required to stop a user')
      const where = { org_id: tenant.orgId, external_id: subject.id, deleted_at: null }
      const user = await tx.end_users.findFirst({ where })
      if (!user) throw invalid('subject.id', 'is no user of this organization')
      return user.id
    }
    case 'agent': {
      const id = parseId('agent', subject.id)
      // The org's own and the deployment's are visible here, and no other's.
      const agent = id && (await tx.agents.findFirst({ where: { id } }))
      if (!agent) throw invalid('subject.id', 'is no agent of this organization')
      return agent.id
    }
    case 'tool':
      if (!tools.includes(subject.id)) throw invalid('subject.id', 'is no tool')
      return subject.id
    case 'connector':
      if (!tools.some((tool) => tool.startsWith(`${subject.id}.`)))
        throw invalid('subject.id', 'is no connector')
      return subject.id
  }
}

/** What is said of a stop in the transaction that places or lifts it: audit and outbox. */
type Recorder = (tx: Tx, stop: Stop) => Promise<void>

/**
 * Stops calls, from the moment that this answers: the gate is shut while it is written, so that a call's intent is
 * either committed before, and its call is told to end, or finds the stop. What is under way is given a moment to end.
 * @param tools names of every tool there is
 * @returns the stop, and how many calls that it holds for have not ended
 * @throws AppError `invalid_request` for a subject that is not there, or an end that is past
 */
export async function placeStop(
  tenant: Tenant,
  input: Omit<StopInput, 'org_id'>,
  by: { caller: Caller; actor: Actor },
  tools: readonly string[],
  record: Recorder,
): Promise<Stop & { in_flight: number }> {
  const until = input.until === undefined ? null : new Date(input.until)
  if (until && until <= new Date()) throw invalid('until', 'must be in the future')
  const { stop, id } = await forOrg(tenant, async (tx) => {
    const id = await subjectIdIn(tx, tenant, input.subject, tools)
    await tx.$executeRaw`SELECT close_stop_gate()`
    const row = await tx.stops.create({
      data: {
        org_id: tenant.orgId,
        id: newId(),
        subject: input.subject.type,
        subject_id: id,
        reason: input.reason,
        by_operator: by.caller.reach === null,
        placed_by: by.actor,
        until,
      },
    })
    const [stop] = await viewsIn(tx, tenant, [row])
    if (!stop) throw new Error('a row has a view')
    await record(tx, stop)
    return { stop, id }
  })
  return { ...stop, in_flight: await waitForRunning(tenant, input.subject.type, id) }
}

async function waitForRunning(tenant: Tenant, subject: string, id: string): Promise<number> {
  const giveUpAt = performance.now() + inFlightWaitMs
  for (;;) {
    const running =
      tenant.orgId === deploymentOrgId
        ? await runningEverywhere(subject, id, runningSinceSeconds)
        : await runningIn(tenant, subject, id)
    if (running === 0 || performance.now() > giveUpAt) return running
    await new Promise((wake) => setTimeout(wake, lookAgainMs))
  }
}

const runningIn = (tenant: Tenant, subject: string, id: string): Promise<number> =>
  forOrg(tenant, async (tx) => {
    const [row] = await tx.$queryRaw<{ n: number }[]>`
      SELECT count(*)::int AS n FROM executions e WHERE e.org_id = ${tenant.orgId}::uuid AND e.status = 'running'
        AND e.created_at > now() - make_interval(secs =>
          CASE WHEN e.file IS NULL THEN ${runningSinceSeconds}::int ELSE ${runningSinceSeconds + fileSeconds}::int END)
        AND CASE ${subject} WHEN 'agent' THEN e.agent_id::text = ${id} WHEN 'user' THEN e.user_id::text = ${id}
          WHEN 'tool' THEN e.tool_name = ${id} WHEN 'connector' THEN split_part(e.tool_name, '.', 1) = ${id}
          ELSE true END`
    return row?.n ?? 0
  })

/**
 * Ends a stop. One that an operator of the deployment placed is theirs to lift.
 * @throws AppError `not_found`; `forbidden`; `conflict` when it has ended already
 */
export const liftStop = (
  tenant: Tenant,
  id: string,
  reason: string | null,
  by: { caller: Caller; actor: Actor },
  record: Recorder,
): Promise<Stop> =>
  forOrg(tenant, async (tx) => {
    const [found] = await tx.$queryRaw<{ by_operator: boolean; lifted: boolean }[]>`
      SELECT by_operator, lifted_at IS NOT NULL AS lifted FROM stops
      WHERE org_id = ${tenant.orgId}::uuid AND id = ${id}::uuid FOR UPDATE`
    if (!found) throw new AppError('not_found')
    if (found.by_operator && by.caller.reach !== null) {
      throw new AppError('forbidden', { detail: 'An operator placed this stop, and an operator lifts it.' })
    }
    if (found.lifted) throw new AppError('conflict', { detail: 'This stop is lifted already.' })
    const row = await tx.stops.update({
      where: { org_id_id: { org_id: tenant.orgId, id } },
      data: { lifted_at: new Date(), lifted_by: by.actor, lift_reason: reason },
    })
    const [stop] = await viewsIn(tx, tenant, [row])
    if (!stop) throw new Error('a row has a view')
    await record(tx, stop)
    return stop
  })

/** @throws AppError `not_found` */
export const getStop = (tenant: Tenant, id: string): Promise<Stop> =>
  forOrg(tenant, async (tx) => {
    const [stop] = await viewsIn(tx, tenant, await tx.stops.findMany({ where: { org_id: tenant.orgId, id } }))
    if (!stop) throw new AppError('not_found')
    return stop
  })

/** A page of stops, newest first; `before` is the internal id of the last one seen. */
export const listStops = (
  tenant: Tenant,
  filter: { status?: Stop['status'] | undefined },
  before: string | null,
  most: number,
): Promise<Stop[]> =>
  forOrg(tenant, async (tx) => {
    const now = new Date()
    const states: Record<Stop['status'], Prisma.stopsWhereInput> = {
      active: { lifted_at: null, OR: [{ until: null }, { until: { gt: now } }] },
      lifted: { lifted_at: { not: null } },
      over: { lifted_at: null, until: { lte: now } },
    }
    const rows = await tx.stops.findMany({
      where: {
        org_id: tenant.orgId,
        ...(filter.status && states[filter.status]),
        ...(before !== null && { id: { lt: before } }),
      },
      orderBy: { id: 'desc' },
      take: most,
    })
    return viewsIn(tx, tenant, rows)
  })
