import canonicalize from 'canonicalize'
import type { Connector, Tool } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import { userFrom } from '#lib/identity'
import type { Caller, Tenant } from '#lib/proof'
import type { AccountRef } from '#lib/scopes'
import { resolveAccount, tenantFrom } from '#lib/tenancy'
import type { Deps } from './context.ts'
import type { ExecuteInput } from './schema.ts'

/** A call whose tenant is known and whose parameters fit the tool. */
export type Call = {
  tenant: Tenant
  account: AccountRef
  connector: Connector
  tool: Tool
  params: unknown
  /** The same as canonical JSON (RFC 8785). */
  canonicalParams: string
  authorizationDetails: ExecuteInput['authorization_details']
  context: ExecuteInput['context']
  /** Whether it is rehearsed only. */
  dryRun: boolean
}

/** @throws AppError `not_found` for a tool or account that is not there; `invalid_request` for params that do not fit */
export async function resolve(deps: Deps, caller: Caller, input: ExecuteInput): Promise<Call> {
  const { tenant, account } = await accountOf(caller, input)
  const tool = Object.hasOwn(deps.tools, input.tool_name) ? deps.tools[input.tool_name] : undefined
  const connector = tool && deps.connectors[tool.name.slice(0, tool.name.indexOf('.'))]
  if (!tool || !connector) {
    throw new AppError('not_found', {
      detail: `There is no tool ${input.tool_name}; GET /api/v1/tools lists them.`,
    })
  }
  const params = tool.input.safeParse(input.params)
  if (!params.success) {
    const errors = params.error.issues.map(({ path, message }) => ({
      path: ['params', ...path].join('.'),
      message,
    }))
    throw new AppError('invalid_request', {
      detail: `The params do not fit ${tool.name}: ${errors[0]?.path} ${errors[0]?.message}.`,
      ...(errors[0] && { param: errors[0].path }),
      errors,
    })
  }
  return {
    tenant,
    account,
    connector,
    tool,
    params: params.data,
    canonicalParams: canonicalize(params.data) ?? '',
    authorizationDetails: input.authorization_details,
    context: input.context,
    dryRun: input.dry_run,
  }
}

async function accountOf(caller: Caller, input: ExecuteInput): Promise<Pick<Call, 'tenant' | 'account'>> {
  if (input.connected_account_id !== undefined) {
    const { tenant, id } = await resolveAccount(caller, input.connected_account_id)
    // An org that is named beside the account must be the account's: a mismatch is as absent as the account would be.
    if (input.org_id !== undefined && input.org_id !== tenant.externalId) throw new AppError('not_found')
    return { tenant, account: { accountId: id } }
  }
  const tenant = await tenantFrom(caller, input.org_id)
  const userId = input.user_id ?? (await userFrom(tenant, caller, undefined))
  if (userId === undefined) {
    const message = 'give either connected_account_id, or user_id with org_id'
    throw new AppError('invalid_request', {
      detail: `connected_account_id: ${message}.`,
      param: 'connected_account_id',
      errors: [{ path: 'connected_account_id', message }],
    })
  }
  return { tenant, account: { userId } }
}
