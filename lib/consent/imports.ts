import type { Connector } from '#lib/connector-kit'
import type { Tx } from '#lib/db'
import type { Tenant } from '#lib/proof'

/**
 * What a consent that was given elsewhere leaves as evidence: nobody here saw the person agree, so it says who vouched
 * for it. `token` and `request` are keyed hashes: they recognise an import that is repeated, and say nothing else.
 */
export type ImportedBy = {
  type: 'import'
  imported_by: { type: string; id: string }
  external_reference: string | null
  ip: string | null
  user_agent: string | null
  token: string
  request: string
}

export type ImportFacts = {
  connector: Connector
  organization: string
  agents: readonly { name: string; owner: string | null }[]
  user: { id: string; name: string | null; email: string | null }
  /** The account's label at the provider; `null` where nobody has looked. */
  account: string | null
  importedBy: { type: string; id: string }
  importedAt: Date
  scopes: readonly string[]
  /** Who says what was granted. */
  scopesFrom: 'provider' | 'importer' | 'nobody'
  purpose: string | null
  externalReference: string | null
}

const sayers = {
  provider: 'as the provider says',
  importer: 'as the importer says',
  nobody: 'not known: nothing is taken as granted',
}

/** The text that stands where others have what a person read and agreed to. */
export function importText(facts: ImportFacts): string {
  const { connector, user } = facts
  const who = facts.agents.length > 0 ? facts.agents.map(({ name }) => name).join(', ') : facts.organization
  return [
    `Imported: the consent to let ${who} act in ${connector.name} was given elsewhere, outside this portal.`,
    'Nobody was asked here, and what the person was shown is not known.',
    `Imported by: ${facts.importedBy.type} ${facts.importedBy.id}, who answers for it, at ${facts.importedAt.toISOString()}`,
    ...(facts.externalReference === null ? [] : [`Reference there: ${facts.externalReference}`]),
    ...facts.agents.map(({ name, owner }) => `Agent: ${name}${owner ? `, answered for by ${owner}` : ''}`),
    `On behalf of: ${user.name ?? user.id}${user.email ? ` (${user.email})` : ''}`,
    `Account: ${facts.account ?? 'not verified at the provider yet'}`,
    ...(facts.purpose === null ? [] : [`Purpose: ${facts.purpose}`]),
    `Permissions, ${sayers[facts.scopesFrom]}:`,
    ...facts.scopes.map((scope) => {
      const words = connector.scopes[scope]
      return words ? `[${words.risk}] ${words.does} (${scope})` : `(${scope})`
    }),
    'Duration: until it is taken back.',
  ].join('\n')
}

/** An account that these very tokens were imported to before, and whether the request was the same. */
export type EarlierImport = { accountId: string; status: string; sameRequest: boolean }

export async function earlierImportIn(
  tx: Tx,
  tenant: Tenant,
  facts: { userId: string; connector: string; token: string; request: string },
): Promise<EarlierImport | null> {
  const accounts = await tx.connected_accounts.findMany({
    where: {
      org_id: tenant.orgId,
      user: { external_id: facts.userId, deleted_at: null },
      connector: facts.connector,
      status: { in: ['active', 'paused', 'unverified'] },
    },
    include: { connections: { orderBy: { id: 'desc' }, take: 1 } },
  })
  for (const account of accounts) {
    const by = account.connections[0]?.consented_by as Partial<ImportedBy> | undefined
    if (by?.type !== 'import' || by.token !== facts.token) continue
    return { accountId: account.id, status: account.status, sameRequest: by.request === facts.request }
  }
  return null
}

/** Whether a consent came by import. */
export async function wasImportedIn(tx: Tx, tenant: Tenant, connectionId: string): Promise<boolean> {
  const row = await tx.connections.findUnique({
    where: { org_id_id: { org_id: tenant.orgId, id: connectionId } },
  })
  return (row?.consented_by as Partial<ImportedBy> | undefined)?.type === 'import'
}

/**
 * Says whose an unverified account is, and puts it in use.
 * @returns whether it still was unverified
 */
export async function verifyAccountIn(
  tx: Tx,
  tenant: Tenant,
  accountId: string,
  account: { id: string; label: string },
): Promise<boolean> {
  const verified = await tx.connected_accounts.updateMany({
    where: { org_id: tenant.orgId, id: accountId, status: 'unverified' },
    data: {
      status: 'active',
      status_reason: null,
      provider_account_id: account.id,
      label: account.label,
      updated_at: new Date(),
    },
  })
  return verified.count === 1
}
