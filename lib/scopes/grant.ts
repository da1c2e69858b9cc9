import type { Connector, Tool } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import type { Caller, Going, Granted, Tenant } from '#lib/proof'
import { type AccountRead, type AccountRef, hasChangedFor, isGrantee, mayRun } from './account.ts'
import { withinDetails } from './details.ts'
import { staysWithin } from './limits.ts'
import { expand, satisfied } from './satisfy.ts'
import { type AuthorizationDetail, authorizationDetails } from './schema.ts'

/** Supplies a link where the user can grant what is missing. */
export type ConnectUrl = (
  tenant: Tenant,
  accountId: string,
  scopes: readonly string[],
) => Promise<string | null>

/** A tool is another now than it was when the person let the client use it: they have to be asked about it again. */
export class ToolChanged extends AppError {
  readonly tool: Tool
  constructor(tool: Tool) {
    super('insufficient_scope', {
      detail: `${tool.name} changed since the user agreed to it. They have to be asked again: authorize this client anew.`,
    })
    this.tool = tool
  }
}

/** What is asked for: a tool with its params, on an account. */
export type Asked = {
  account: AccountRef
  connector: Connector
  tool: Tool
  params: unknown
  authorizationDetails?: readonly AuthorizationDetail[] | undefined
}

/** @throws AppError `not_found` when nothing fits; `ambiguous_account` when more than one does: never "the first" */
function choose(
  accounts: readonly AccountRead[],
  caller: Caller,
  connector: Connector,
  ref: AccountRef,
): AccountRead {
  const visible =
    caller.kind === 'agent' ? accounts.filter((account) => isGrantee(account, caller)) : accounts
  const usable = visible.filter(({ status }) => status === 'active')
  const candidates = usable.length > 0 ? usable : visible
  const [account, another] = candidates
  if (!account) {
    throw new AppError('not_found', {
      ...('userId' in ref && { detail: `This user has no connected account at ${connector.name}.` }),
    })
  }
  if (another) {
    throw new AppError('ambiguous_account', {
      detail: `This user has ${candidates.length} accounts at ${connector.name}. Name one by connected_account_id.`,
      param: 'connected_account_id',
    })
  }
  return account
}

/**
 * Proves that this caller may use this tool on this account: the consent names the caller, is in force, and holds an
 * alternative of the tool's scopes in full; and that what the params name lies within what the person picked.
 * @param accounts what the call may mean, as `readAccounts` reads it
 * @throws AppError `not_found`, `ambiguous_account`, `invalid_request` (a tool of another connector), `forbidden`
 *   (the consent is for agents, or the call is outside its authorization details), `ToolChanged`, `account_paused`, `reauthorization_required`, `policy_denied` (no alternative lies
 *   under the ceiling of the user's groups), `insufficient_scope`
 */
export async function grant(
  { tenant }: Going,
  caller: Caller,
  { account: ref, connector, tool, params, authorizationDetails: details }: Asked,
  accounts: readonly AccountRead[],
  connectUrl: ConnectUrl,
): Promise<Granted> {
  const account = choose(accounts, caller, connector, ref)
  if (account.connector !== connector.id) {
    throw new AppError('invalid_request', {
      detail: `${tool.name} does not run on an account of ${account.connector}.`,
      param: 'tool_name',
      errors: [{ path: 'tool_name', message: `does not run on an account of ${account.connector}` }],
    })
  }
  if (!isGrantee(account, caller)) {
    throw new AppError('forbidden', {
      detail: 'The user gave this consent to agents, not to the product itself.',
    })
  }
  if (!mayRun(account, caller, tool)) {
    if (hasChangedFor(account, caller, tool)) throw new ToolChanged(tool)
    throw new AppError('forbidden', { detail: `The user did not let this client use ${tool.name}.` })
  }
  if (account.status === 'paused')
    throw new AppError('account_paused', { detail: 'An admin has paused this account.' })
  const { connection } = account
  const over = connection?.over ?? false
  if (account.status !== 'active' || !connection || over) {
    throw await withConnectUrl('reauthorization_required', tenant, account, [], connectUrl, {
      detail:
        over || account.status_reason === 'consent_expired'
          ? 'The time that the user allowed is over. The user must connect this account again.'
          : 'The user must connect this account again.',
    })
  }
  const scopesGranted = connection.scopes_granted
  const reachable = alternativesUnder(connector, tool, account.ceiling)
  if (reachable === null) {
    throw new AppError('policy_denied', {
      detail:
        `${tool.name} needs more at ${connector.name} than the organization lets this user use. ` +
        'Connecting again does not change that; an administrator of the organization can.',
      policy_ids: ['scope_ceiling'],
      required_scopes: tool.scopes,
      granted_scopes: scopesGranted,
    })
  }
  const held = expand(scopesGranted, connector.implies)
  const required = satisfied(reachable, held)
  if (required === null) {
    const wanted = [...scopesGranted, ...(reachable[0] ?? [])]
    throw await withConnectUrl('insufficient_scope', tenant, account, wanted, connectUrl, {
      detail: `${tool.name} needs a permission that the user has not granted.`,
      required_scopes: tool.scopes,
      granted_scopes: scopesGranted,
    })
  }
  const limits = connection.resources
  if (!staysWithin(connector, limits, tool.name, params)) {
    throw await withConnectUrl('insufficient_scope', tenant, account, scopesGranted, connectUrl, {
      ...outsideLimits(tool, scopesGranted),
    })
  }
  const described = { toolName: tool.name, accountId: account.id, params }
  // What came with the token narrows the call as well as what came with the call.
  const lists = [details, detailsOfToken(caller)].filter((list) => list !== undefined)
  const spending: Granted['spending'] = withinDetails(lists, described, Date.now())
  return {
    tenant,
    accountId: account.id,
    connectionId: connection.id,
    connector: connector.id,
    userId: account.user_id,
    userExternalId: account.user_external_id,
    authConfigOrgId: account.auth_config_org_id,
    authConfigId: account.auth_config_id,
    scopesRequired: required,
    scopesGranted,
    limits,
    spending,
  } as Granted
}

const detailsOfToken = (caller: Caller): readonly AuthorizationDetail[] | undefined =>
  caller.kind === 'agent' && caller.authorizationDetails !== undefined
    ? authorizationDetails.parse(caller.authorizationDetails)
    : undefined

/** The alternatives of a tool that a ceiling leaves; `null` where it leaves none. */
export function alternativesUnder(
  connector: Connector,
  tool: Pick<Tool, 'scopes'>,
  ceiling: readonly string[] | null,
): Tool['scopes'] | null {
  if (ceiling === null) return tool.scopes
  // A tool without scopes is under no particular one of them; where nothing may be used, it is no exception.
  if (tool.scopes.length === 0) return ceiling.length > 0 ? tool.scopes : null
  const most = expand([...ceiling, ...connector.auth.baseScopes], connector.implies)
  const left = tool.scopes.filter((all) => all.every((scope) => most.has(scope)))
  return left.length > 0 ? left : null
}

/** What is said of a call that would reach beyond what the person picked. */
export const outsideLimits = (tool: Tool, scopesGranted: readonly string[]) => ({
  detail: `The user limited this account to what they picked at the provider, and ${tool.name} would reach beyond it.`,
  required_scopes: tool.scopes,
  granted_scopes: scopesGranted,
})

async function withConnectUrl(
  code: 'reauthorization_required' | 'insufficient_scope',
  tenant: Tenant,
  account: AccountRead,
  scopes: readonly string[],
  connectUrl: ConnectUrl,
  facts: ConstructorParameters<typeof AppError>[1],
): Promise<AppError> {
  const url = await connectUrl(tenant, account.id, scopes)
  return new AppError(code, { ...facts, ...(url && { connect_url: url }) })
}
