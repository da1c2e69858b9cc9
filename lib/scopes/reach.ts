import type { Connector, Tool } from '#lib/connector-kit'
import { forOrg, type Tx } from '#lib/db'
import type { Caller, Tenant } from '#lib/proof'
import { type AccountRead, isGrantee, isNamed, readUsableIn } from './account.ts'
import { type AgentGrant, coversCall, hasChanged } from './agent-grants.ts'
import { ceilingsOfUserIn } from './ceilings.ts'
import { alternativesUnder } from './grant.ts'
import { grantOfIn } from './lent.ts'
import { speaksOf } from './limits.ts'
import { expand, satisfied } from './satisfy.ts'

/** What a user has in use that this caller may use too, and under which ceilings. */
export type Standing = {
  /** `through` is the consent by which alone an account was lent: to some tools. */
  accounts: readonly (AccountRead & { through?: AgentGrant | null })[]
  ceilings: ReadonlyMap<string, readonly string[]>
}

/** What a user has in use, whoever may use it now: what they can let a client use. */
export async function lendableIn(tx: Tx, tenant: Tenant, userId: string): Promise<Standing> {
  const ceilings = await ceilingsOfUserIn(tx, tenant, userId)
  const accounts = await readUsableIn(tx, tenant, userId, ceilings)
  return { accounts: accounts.filter(({ connection }) => connection?.over === false), ceilings }
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
    const usable = user ? await readUsableIn(tx, tenant, user.id, ceilings) : []
    const agentGrant = user && (await grantOfIn(tx, tenant, caller))
    const accounts = usable
      .map((account) => ({ ...account, agentGrant }))
      .filter((account) => account.connection?.over === false && isGrantee(account, caller))
      .map((account) => ({ ...account, ...(!isNamed(account, caller) && { through: agentGrant }) }))
    return { accounts, ceilings }
  })

export type Reach = {
  available: boolean
  /** Scopes that the user has not granted and could. */
  missing: readonly string[]
  /** The alternative of the tool's scopes to ask the user for. */
  wanted: readonly string[]
  /**
   * What stands in the way that asking for scopes does not change: the ceiling of their groups, what they picked at the
   * provider, or which tools they let this client use; `changed` is one of those that is another now than it was then.
   */
  blocked: 'ceiling' | 'limits' | 'consent' | 'changed' | null
}

const none: readonly string[] = []

/** Whether a user's standing lets a caller run a tool now, and if not, why. */
export function reachOf({ accounts, ceilings }: Standing, connector: Connector, tool: Tool): Reach {
  const reachable = alternativesUnder(connector, tool, ceilings.get(connector.id) ?? null)
  if (reachable === null) return { available: false, missing: [], wanted: [], blocked: 'ceiling' }
  const wanted = reachable[0] ?? []
  const runsOn = (account: Standing['accounts'][number]) =>
    account.connector === connector.id &&
    (!account.through || coversCall(account.through, account, tool)) &&
    satisfied(reachable, heldBy(account.connection, connector)) !== null &&
    speaksOf(connector, account.connection?.resources ?? null, tool.name)
  // What most are, of thousands.
  if (accounts.some(runsOn)) return { available: true, missing: none, wanted, blocked: null }
  const lent = accounts.filter((account) => account.connector === connector.id)
  const own = lent.filter((account) => !account.through || coversCall(account.through, account, tool))
  if (own.length === 0 && lent.length > 0) {
    const changed = lent.some((account) => hasChanged(account.through ?? null, account, tool))
    return { available: false, missing: [], wanted: [], blocked: changed ? 'changed' : 'consent' }
  }
  const granting = own.filter(
    ({ connection }) => satisfied(reachable, heldBy(connection, connector)) !== null,
  )
  if (granting.length > 0) return { available: false, missing: [], wanted, blocked: 'limits' }
  const lacking = (account: AccountRead) => {
    const held = heldBy(account.connection, connector)
    return wanted.filter((scope) => !held.has(scope))
  }
  const [closest = wanted] = own.map(lacking).sort((one, other) => one.length - other.length)
  return { available: false, missing: closest, wanted, blocked: null }
}

// One consent is looked at for every tool of its connector.
const held = new WeakMap<object, ReadonlySet<string>>()
function heldBy(connection: AccountRead['connection'], connector: Connector): ReadonlySet<string> {
  if (!connection) return new Set()
  const found = held.get(connection)
  if (found) return found
  const expanded = expand(connection.scopes_granted, connector.implies)
  held.set(connection, expanded)
  return expanded
}
