import type { Effect } from '#lib/connector-kit/schema'

/**
 * What a person let a client do on the authorization server's page: which tools, on which of their accounts. Exactly
 * what they were shown: a tool that came later, or whose effect is another now, is not among it.
 */
export type AgentGrant = Readonly<{
  /** Internal ids. */
  userId: string
  accountIds: readonly string[]
  /** Accounts that were among them until they were ended. */
  endedAccountIds: readonly string[]
  /** By account, the tools by name with the effect that was shown; only of the accounts that were asked for. */
  tools: Readonly<Record<string, Readonly<Record<string, Effect>>>>
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
}

/**
 * Reads a person's consent to a client by its id, as one expression; `null` where none is in force: taken back, over,
 * or given to another agent. Accounts that were ended since are not in it, even if they were connected anew.
 */
export const grantFact = {
  select: ({ org, grant, agentOrg, agent, account }: Asked): string =>
    `(SELECT json_build_object('user_id', g.user_id, 'account_ids', to_jsonb(g.account_ids) - g.ended_account_ids::text[],
        'ended_account_ids', g.ended_account_ids,
        'tools', ${account === undefined ? 'g.tools' : `json_build_object(${account}, g.tools -> ${account}::text)`},
        'scopes', g.scopes)
      FROM agent_grants g WHERE g.org_id = ${org} AND g.id = ${grant} AND g.agent_org_id = ${agentOrg}
        AND g.agent_id = ${agent} AND g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > now()))`,
  parse: (value: unknown): AgentGrant | null => {
    if (value === null || value === undefined) return null
    const row = value as {
      user_id: string
      account_ids: string[]
      ended_account_ids: string[]
      tools: Record<string, Record<string, Effect> | null> | null
      scopes: string[]
    }
    const tools = Object.entries(row.tools ?? {}).map(([account, of]) => [account, of ?? {}] as const)
    return {
      userId: row.user_id,
      accountIds: row.account_ids,
      endedAccountIds: row.ended_account_ids,
      tools: Object.fromEntries(tools),
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
export const coversAccount = (
  grant: AgentGrant | null,
  account: Readonly<{ id: string; user_id: string }>,
): boolean => grant !== null && grant.userId === account.user_id && grant.accountIds.includes(account.id)

/** Whether a consent lets this tool be run on this account. */
export const coversCall = (
  grant: AgentGrant | null,
  account: Readonly<{ id: string; user_id: string }>,
  tool: Readonly<{ name: string; effect: Effect }>,
): boolean => {
  if (grant === null || !coversAccount(grant, account)) return false
  const tools = Object.hasOwn(grant.tools, account.id) ? grant.tools[account.id] : undefined
  return tools !== undefined && Object.hasOwn(tools, tool.name) && tools[tool.name] === tool.effect
}
