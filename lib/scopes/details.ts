import { type Sql, sqlForOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { AuthorizationDetail, Constraint } from './schema.ts'

// RFC 9396: each list of details names what is authorized, one detail of it is enough. A call that comes with several
// lists, such as its token's and its own, must be within each of them: nothing here widens anything.

/** A detail that is good for one call, to be used up with the call's intent. */
export type Spending = Readonly<{ jti: string; expiresAt: string }>

export type Described = { toolName: string; accountId: string; params: unknown }

/**
 * Holds a call to the details that came with it.
 * @param lists each must have a detail that the call is within; an empty one authorizes nothing
 * @param now in milliseconds since 1970
 * @returns what the call uses up
 * @throws AppError `forbidden` for a call outside of them
 */
export function withinDetails(
  lists: readonly (readonly AuthorizationDetail[])[],
  call: Described,
  now: number,
): Spending[] {
  return lists.flatMap((list) => {
    const inForce = list.filter(({ expires_at }) => expires_at === undefined || Date.parse(expires_at) > now)
    // One that may be used again is not used up, so that the other is left for when it is needed.
    const fits = inForce.filter((detail) => isWithin(detail, call))
    const found = fits.find(({ jti }) => jti === undefined) ?? fits[0]
    if (!found) throw outside(inForce.length < list.length && inForce.length === 0)
    const { jti, expires_at = '' } = found
    return jti === undefined ? [] : [{ jti, expiresAt: expires_at }]
  })
}

const outside = (expired: boolean) =>
  new AppError('forbidden', {
    detail: expired
      ? 'The authorization_details of this call have expired.'
      : 'The authorization_details of this call do not permit it.',
    param: 'authorization_details',
  })

function isWithin(
  { tools, connected_account_ids: accounts, params = {} }: AuthorizationDetail,
  call: Described,
): boolean {
  const { toolName, accountId } = call
  const wholeConnector = `${toolName.slice(0, toolName.indexOf('.'))}.*`
  return (
    (tools === undefined || tools.includes(toolName) || tools.includes(wholeConnector)) &&
    (accounts === undefined || accounts.includes(publicId('connected_account', accountId))) &&
    Object.entries(params).every(([pointer, said]) => fits(valueAt(call.params, pointer), said))
  )
}

/** The value at a JSON pointer (RFC 6901); `undefined` where there is none. */
export function valueAt(document: unknown, pointer: string): unknown {
  let value: unknown = document
  for (const token of pointer.slice(1).split('/')) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null) return undefined
    if (Array.isArray(value) && !/^(0|[1-9]\d{0,8})$/.test(name)) return undefined
    if (!Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

function fits(value: unknown, said: Constraint): boolean {
  if (said.absent) return value === undefined && Object.keys(said).length === 1
  if (value === undefined) return false
  if (said.equals !== undefined && value !== said.equals) return false
  if (said.enum && !said.enum.some((one) => one === value)) return false
  const { min, max, pattern } = said
  if ((min !== undefined || max !== undefined) && (typeof value !== 'number' || Number.isNaN(value)))
    return false
  if (min !== undefined && (value as number) < min) return false
  if (max !== undefined && (value as number) > max) return false
  return pattern === undefined || (typeof value === 'string' && matches(value, pattern))
}

/** Whether a text is a pattern in which `*` stands for any run of characters: looks for each piece once, and never goes back. */
export function matches(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** A call that uses up a detail. `caller` is as the audit names it: what two callers call alike is two things. */
export type DetailUse = { executionId: string; caller: string } & Spending

const spend = {
  name: 'used_details_insert',
  text: `INSERT INTO used_details (org_id, caller, jti, execution_id, expires_at)
    SELECT $1::uuid, r.caller, r.jti, r.execution_id, r.expires_at FROM json_to_recordset($2::json)
      AS r (caller text, jti text, execution_id uuid, expires_at timestamptz)
    ORDER BY r.caller, r.jti ON CONFLICT DO NOTHING RETURNING caller, jti, execution_id`,
}
const giveBack = {
  name: 'used_details_delete',
  text: 'DELETE FROM used_details WHERE org_id = $1::uuid AND execution_id = ANY($2::uuid[])',
}

/**
 * Uses details up, in the transaction of the intents.
 * @returns the calls that must not be made, by their execution: their detail was used before
 */
export async function spendDetailsIn(
  sql: Sql,
  tenant: Tenant,
  uses: readonly DetailUse[],
): Promise<Map<string, AppError>> {
  const refused = new Map<string, AppError>()
  if (uses.length === 0) return refused
  const rows = uses.map(({ executionId, caller, jti, expiresAt }) => ({
    caller,
    jti,
    execution_id: executionId,
    expires_at: expiresAt,
  }))
  const spent = await sql<{ caller: string; jti: string; execution_id: string }>(spend, [
    tenant.orgId,
    JSON.stringify(rows),
  ])
  const key = (...parts: string[]) => JSON.stringify(parts)
  const ours = new Set(spent.map(({ caller, jti, execution_id }) => key(execution_id, caller, jti)))
  for (const { executionId, caller, jti } of uses)
    if (!ours.has(key(executionId, caller, jti))) refused.set(executionId, usedBefore())
  // A call that is refused for one of its details uses up none.
  await returnDetailsIn(sql, tenant, [...refused.keys()])
  return refused
}

/** Takes back what calls used up that are not made after all, in the same transaction. */
export async function returnDetailsIn(
  sql: Sql,
  tenant: Tenant,
  executionIds: readonly string[],
): Promise<void> {
  if (executionIds.length > 0) await sql(giveBack, [tenant.orgId, executionIds])
}

const usedBefore = () =>
  new AppError('forbidden', {
    detail: 'The authorization_details of this call were good for one call, and that was made.',
    param: 'authorization_details',
  })

/** Forgets what was used up and has expired anyway. */
export const sweepDetails = (tenant: Tenant): Promise<void> =>
  sqlForOrg(tenant, async (sql) => {
    await sql(forget, [tenant.orgId])
  })

const forget = {
  name: 'used_details_forget',
  text: 'DELETE FROM used_details WHERE org_id = $1::uuid AND expires_at < now()',
}
