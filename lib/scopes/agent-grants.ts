import { hashOf, type Tool } from '#lib/connector-kit'
import type { Effect } from '#lib/connector-kit/schema'

/**
 * A tool as a person let it be used. Consents from before tools were pinned hold no hash: those stand for any tool of the
 * name with the effect, until the person is asked again.
 */
export type Pin = Readonly<{ effect: Effect; hash: string | null }>

/** A tool as it is now, to be kept with a consent to it. */
export const pinOf = (tool: Tool): Pin => ({ effect: tool.effect, hash: hashOf(tool) })

/** Whether a tool is still what was agreed to, to the last word of its description. */
export const isPinned = (pin: Pin, tool: Tool): boolean =>
  pin.effect === tool.effect && (pin.hash === null || pin.hash === hashOf(tool))

/**
 * What a person let a client do on the authorization server's page: which tools, on which of their accounts. Exactly
 * what they were shown: a tool that came later, or is described in other words now, is not among it.
 */
export type AgentGrant = Readonly<{
  /** Internal ids. */
  userId: string
  accountIds: readonly string[]
  /** Accounts that were among them until they were ended. */
  endedAccountIds: readonly string[]
  /** By account, the tools by name as they were shown; only of the accounts, and the tool, that were asked for. */
  tools: Readonly<Record<string, Readonly<Record<string, Pin>>>>
  /** The scopes of tokens under it. */
  scopes: readonly string[]
}>

/** SQL expressions. */
type Asked = {
  org: string
  grant: string
  agentOrg: string
  agent: string
  /** An account: its tools alone are read. Without it those of all accounts are. */
  account?: string
  /** One tool of the account's: it alone is read. */
  tool?: string
}

/** As it is kept: with the effect alone until migration 0025. */
type Kept = Record<string, Effect | Pin | null>

const pinsOf = (kept: Kept | null): Record<string, Pin> =>
  Object.fromEntries(
    Object.entries(kept ?? {}).flatMap(([name, pin]) =>
      pin === null ? [] : [[name, typeof pin === 'string' ? { effect: pin, hash: null } : pin]],
    ),
  )

/** The tools of one column `agent_grants.tools`. */
export const pinsByAccount = (kept: unknown): AgentGrant['tools'] =>
  Object.fromEntries(
    Object.entries((kept ?? {}) as Record<string, Kept | null>).map(([account, of]) => [account, pinsOf(of)]),
  )

function toolsExpression({ account, tool }: Pick<Asked, 'account' | 'tool'>): string {
  if (account === undefined) return 'g.tools'
  const own = `g.tools -> ${account}::text`
  const one = tool === undefined ? own : `json_build_object(${tool}, ${own} -> ${tool})`
  return `json_build_object(${account}, ${one})`
}

/**
 * Reads a person's consent to a client by its id, as one expression; `null` where none is in force: taken back, over,
 * or given to another agent. Accounts that were ended since are not in it, even if they were connected anew.
 */
export const grantFact = {
  select: ({ org, grant, agentOrg, agent, ...of }: Asked): string =>
    `(SELECT json_build_object('user_id', g.user_id, 'account_ids', to_jsonb(g.account_ids) - g.ended_account_ids::text[],
        'ended_account_ids', g.ended_account_ids,
        'tools', ${toolsExpression(of)},
        'scopes', g.scopes)
      FROM agent_grants g WHERE g.org_id = ${org} AND g.id = ${grant} AND g.agent_org_id = ${agentOrg}
        AND g.agent_id = ${agent} AND g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > now()))`,
  parse: (value: unknown): AgentGrant | null => {
    if (value === null || value === undefined) return null
    const row = value as {
      user_id: string
      account_ids: string[]
      ended_account_ids: string[]
      tools: unknown
      scopes: string[]
    }
    return {
      userId: row.user_id,
      accountIds: row.account_ids,
      endedAccountIds: row.ended_account_ids,
      tools: pinsByAccount(row.tools),
      scopes: row.scopes,
    }
  },
}

/**
 * Whether an account was connected after its owner was asked which ones to lend a client, so that they have not decided
 * about it there: it is new, or was ended and connected anew. Ids are UUIDv7, which are ordered by time.
 */
export const isLaterThan = (
  grantId: string,
  grant: AgentGrant | null,
  account: Readonly<{ id: string; connectionId: string }>,
): boolean =>
  account.id > grantId ||
  (account.connectionId > grantId && grant !== null && grant.endedAccountIds.includes(account.id))

/** Whether a consent is about this account of this user. Ids are internal. */
export const coversAccount = (grant: AgentGrant | null, account: About): boolean =>
  grant !== null && grant.userId === account.user_id && grant.accountIds.includes(account.id)

type About = Readonly<{ id: string; user_id: string }>

/** A tool as a consent to this account has it; `undefined` where it is not about this tool. */
function pinFor(grant: AgentGrant | null, account: About, { name }: Tool): Pin | undefined {
  if (grant === null || !coversAccount(grant, account)) return undefined
  const tools = Object.hasOwn(grant.tools, account.id) ? grant.tools[account.id] : undefined
  return tools && Object.hasOwn(tools, name) ? tools[name] : undefined
}

/** Whether a consent lets this tool be run on this account, as it is now. */
export function coversCall(grant: AgentGrant | null, account: About, tool: Tool): boolean {
  const pin = pinFor(grant, account, tool)
  return pin !== undefined && isPinned(pin, tool)
}

/** Whether a consent is about this tool on this account, which is another now than it was when it was agreed to. */
export function hasChanged(grant: AgentGrant | null, account: About, tool: Tool): boolean {
  const pin = pinFor(grant, account, tool)
  return pin !== undefined && !isPinned(pin, tool)
}
