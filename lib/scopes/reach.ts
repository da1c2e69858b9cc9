import type { Connector, Tool } from '#lib/connector-kit'
import { forOrg } from '#lib/db'
import type { Caller, Tenant } from '#lib/proof'
import { type AccountRead, isGrantee, readUsableIn } from './account.ts'
import { ceilingsOfUserIn } from './ceilings.ts'
import { alternativesUnder } from './grant.ts'
import { speaksOf } from './limits.ts'
import { expand, satisfied } from './satisfy.ts'

/** What a user has in use that this caller may use too, and under which ceilings. */
export type Standing = {
  accounts: readonly AccountRead[]
  ceilings: ReadonlyMap<string, readonly string[]>
}

/** Reads a user's standing, for lists of tools; one who is not known has none. */
export const standingOf = (tenant: Tenant, caller: Caller, userExternalId: string): Promise<Standing> =>
  forOrg(tenant, async (tx) => {
    const user = await tx.end_users.findFirst({
      where: { org_id: tenant.orgId, external_id: userExternalId, deleted_at: null },
      select: { id: true },
    })
    // The ceiling of whoever is in no group is over people whom we do not know yet, too.
    const ceilings = await ceilingsOfUserIn(tx, tenant, user?.id ?? null)
    const accounts = user ? await readUsableIn(tx, tenant, user.id, ceilings) : []
    return {
      accounts: accounts.filter(
        (account) => account.connection?.over === false && isGrantee(account, caller),
      ),
      ceilings,
    }
  })

export type Reach = {
  available: boolean
  /** Scopes that the user has not granted and could. */
  missing: readonly string[]
  /** The alternative of the tool's scopes to ask the user for. */
  wanted: readonly string[]
  /** What stands in the way that no consent changes: the ceiling of their groups, or what they picked. */
  blocked: 'ceiling' | 'limits' | null
}

/** Whether a user's standing lets a caller run a tool now, and if not, why. */
export function reachOf({ accounts, ceilings }: Standing, connector: Connector, tool: Tool): Reach {
  const reachable = alternativesUnder(connector, tool, ceilings.get(connector.id) ?? null)
  if (reachable === null) return { available: false, missing: [], wanted: [], blocked: 'ceiling' }
  const wanted = reachable[0] ?? []
  const own = accounts.filter((account) => account.connector === connector.id)
  const granting = own.filter(
    ({ connection }) => satisfied(reachable, heldBy(connection, connector)) !== null,
  )
  if (granting.some(({ connection }) => speaksOf(connector, connection?.resources ?? null, tool.name)))
    return { available: true, missing: [], wanted, blocked: null }
  if (granting.length > 0) return { available: false, missing: [], wanted, blocked: 'limits' }
  const lacking = (account: AccountRead) => {
    const held = heldBy(account.connection, connector)
    return wanted.filter((scope) => !held.has(scope))
  }
  const [closest = wanted] = own.map(lacking).sort((one, other) => one.length - other.length)
  return { available: false, missing: closest, wanted, blocked: null }
}

const heldBy = (connection: AccountRead['connection'], connector: Connector) =>
  expand(connection?.scopes_granted ?? [], connector.implies)
