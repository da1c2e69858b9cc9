import { forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId, parseId, publicId } from '#lib/ids'
import type { Caller, Tenant } from '#lib/proof'
import type { Limit, LimitInput } from '../schema.ts'

type Row = Awaited<ReturnType<Tx['limits']['findFirstOrThrow']>>

function view(tenant: Tenant, row: Row, users: ReadonlyMap<string, string>): Limit {
  return {
    id: publicId('limit', row.id),
    org_id: tenant.externalId,
    name: row.name,
    kind: row.kind as Limit['kind'],
    most: Number(row.most),
    window_seconds: row.window_seconds,
    per: row.per as Limit['per'],
    agent_id: row.agent_id && publicId('agent', row.agent_id),
    user_id: row.user_id && (users.get(row.user_id) ?? publicId('end_user', row.user_id)),
    tool_name: row.tool_name,
    connector: row.connector,
    replaces_default: row.replaces_default,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

async function viewsIn(tx: Tx, tenant: Tenant, rows: readonly Row[]): Promise<Limit[]> {
  const ids = rows.flatMap(({ user_id }) => user_id ?? [])
  const users =
    ids.length === 0 ? [] : await tx.end_users.findMany({ where: { org_id: tenant.orgId, id: { in: ids } } })
  const names = new Map(users.map((user) => [user.id, user.external_id]))
  return rows.map((row) => view(tenant, row, names))
}

const invalid = (path: string, message: string) =>
  new AppError('invalid_request', { detail: `${path} ${message}.`, param: path, errors: [{ path, message }] })

async function selectorsIn(tx: Tx, tenant: Tenant, input: LimitInput, tools: readonly string[]) {
  const { agent_id, user_id, tool_name, connector } = input
  const agentId = agent_id === undefined ? null : parseId('agent', agent_id)
  if (agent_id !== undefined && !(agentId && (await tx.agents.findFirst({ where: { id: agentId } })))) {
    throw invalid('agent_id', 'is no agent of this organization')
  }
  const where = { org_id: tenant.orgId, external_id: user_id ?? '', deleted_at: null }
  const user = user_id === undefined ? null : await tx.end_users.findFirst({ where })
  if (user_id !== undefined && !user) throw invalid('user_id', 'is no user of this organization')
  if (tool_name !== undefined && !tools.includes(tool_name)) throw invalid('tool_name', 'is no tool')
  if (connector !== undefined && !tools.some((tool) => tool.startsWith(`${connector}.`)))
    throw invalid('connector', 'is no connector')
  return {
    agent_id: agentId,
    user_id: user?.id ?? null,
    tool_name: tool_name ?? null,
    connector: connector ?? null,
  }
}

/** Most limits of an org: each that holds for a call is a row that the call changes. */
const limitsMax = 100

/**
 * @param tools names of every tool there is
 * @throws AppError `invalid_request` for a selector that fits nothing; `forbidden`; `conflict` for one too many
 */
export async function createLimitIn(
  tx: Tx,
  tenant: Tenant,
  input: LimitInput,
  by: { caller: Caller; actor: { type: string; id: string } },
  tools: readonly string[],
): Promise<Limit> {
  if (input.replaces_default && by.caller.reach !== null) {
    throw new AppError('forbidden', {
      detail: 'Only an unrestricted key may put a limit in place of the deployment’s default.',
    })
  }
  if ((await tx.limits.count({ where: { org_id: tenant.orgId } })) >= limitsMax) {
    throw new AppError('conflict', { detail: `An organization has at most ${limitsMax} limits.` })
  }
  const row = await tx.limits.create({
    data: {
      org_id: tenant.orgId,
      id: newId(),
      name: input.name,
      kind: input.kind,
      most: BigInt(input.most),
      window_seconds: input.window_seconds ?? null,
      per: [...new Set(input.per)].sort(),
      ...(await selectorsIn(tx, tenant, input, tools)),
      replaces_default: input.replaces_default,
      by_operator: by.caller.reach === null,
      created_by: by.actor,
    },
  })
  const [created] = await viewsIn(tx, tenant, [row])
  if (!created) throw new Error('a row has a view')
  return created
}

/** A page of an org's limits, newest first; `before` is the internal id of the last one seen. */
export const listLimits = (tenant: Tenant, before: string | null, most: number): Promise<Limit[]> =>
  forOrg(tenant, async (tx) => {
    const where = { org_id: tenant.orgId, ...(before !== null && { id: { lt: before } }) }
    return viewsIn(tx, tenant, await tx.limits.findMany({ where, orderBy: { id: 'desc' }, take: most }))
  })

/** @throws AppError `not_found` */
export const getLimit = (tenant: Tenant, id: string): Promise<Limit> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.limits.findMany({ where: { org_id: tenant.orgId, id } })
    const [found] = await viewsIn(tx, tenant, rows)
    if (!found) throw new AppError('not_found')
    return found
  })

/** @throws AppError `not_found`; `forbidden` for a limit that an operator of the deployment set */
async function changeableIn(tx: Tx, tenant: Tenant, caller: Caller, id: string): Promise<Row> {
  const row = await tx.limits.findUnique({ where: { org_id_id: { org_id: tenant.orgId, id } } })
  if (!row) throw new AppError('not_found')
  if (row.by_operator && caller.reach !== null) {
    throw new AppError('forbidden', { detail: 'An operator set this limit, and an operator changes it.' })
  }
  return row
}

/** @throws AppError `not_found`, `forbidden` */
export async function changeLimitIn(
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  id: string,
  patch: { name?: string | undefined; most?: number | undefined },
): Promise<Limit> {
  const { kind } = await changeableIn(tx, tenant, caller, id)
  // What is used of a rate is kept as a moment, which says something else once the rate is another.
  if (kind === 'rate' && patch.most !== undefined)
    await tx.limit_meters.deleteMany({ where: { org_id: tenant.orgId, limit_id: id } })
  const data: Prisma.limitsUpdateInput = {
    ...(patch.name !== undefined && { name: patch.name }),
    ...(patch.most !== undefined && { most: BigInt(patch.most) }),
    updated_at: new Date(),
  }
  const row = await tx.limits.update({ where: { org_id_id: { org_id: tenant.orgId, id } }, data })
  const [changed] = await viewsIn(tx, tenant, [row])
  if (!changed) throw new Error('a row has a view')
  return changed
}

/** @throws AppError `not_found`, `forbidden` */
export async function deleteLimitIn(tx: Tx, tenant: Tenant, caller: Caller, id: string): Promise<void> {
  await changeableIn(tx, tenant, caller, id)
  await tx.limits.delete({ where: { org_id_id: { org_id: tenant.orgId, id } } })
}

export const listCosts = (tenant: Tenant): Promise<Record<string, number>> =>
  forOrg(tenant, async (tx) => {
    const rows = await tx.tool_costs.findMany({
      where: { org_id: tenant.orgId },
      orderBy: { tool_name: 'asc' },
    })
    return Object.fromEntries(rows.map(({ tool_name, units }) => [tool_name, Number(units)]))
  })

/**
 * Puts the costs of an org's tools in the place of what there was.
 * @returns the tools whose costs are other than before
 * @throws AppError `invalid_request` for a tool that is none
 */
export async function setCostsIn(
  tx: Tx,
  tenant: Tenant,
  costs: Readonly<Record<string, number>>,
  tools: readonly string[],
): Promise<string[]> {
  for (const tool of Object.keys(costs))
    if (!tools.includes(tool)) throw invalid(`costs.${tool}`, 'is no tool')
  const before = await tx.tool_costs.findMany({ where: { org_id: tenant.orgId } })
  const was = new Map(before.map(({ tool_name, units }) => [tool_name, Number(units)]))
  const names = [...new Set([...was.keys(), ...Object.keys(costs)])].sort()
  const changed = names.filter((name) => was.get(name) !== costs[name])
  if (changed.length === 0) return []
  await tx.tool_costs.deleteMany({ where: { org_id: tenant.orgId, tool_name: { in: changed } } })
  await tx.tool_costs.createMany({
    data: changed.flatMap((tool_name) => {
      const units = costs[tool_name]
      return units === undefined
        ? []
        : [{ org_id: tenant.orgId, id: newId(), tool_name, units: BigInt(units) }]
    }),
  })
  return changed
}

/**
 * Forgets what is used of rates that have long recovered, and of days that are over. Both are told by the mark alone:
 * days since 1970 are few, and seconds are many.
 */
export const sweepMeters = (tenant: Tenant): Promise<number> =>
  forOrg(
    tenant,
    (tx) => tx.$executeRaw`
      DELETE FROM limit_meters WHERE (org_id, limit_id, subject) IN (
        SELECT org_id, limit_id, subject FROM limit_meters
        WHERE org_id = ${tenant.orgId}::uuid AND mark < CASE WHEN mark < 1000000
          THEN floor(extract(epoch FROM now()) / 86400) ELSE extract(epoch FROM now()) - 3600 END
        ORDER BY limit_id, subject LIMIT 10000 FOR UPDATE SKIP LOCKED)`,
  )
