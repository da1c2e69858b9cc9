import {
  type CallToolResult,
  type InputRequiredResult,
  ProtocolError,
  type ServerContext,
} from '@modelcontextprotocol/server'
import type { ToolView } from '#lib/broker'
import { type ExecuteInput, executeInput } from '#lib/broker/schema'
import { type AppError, toAppError } from '#lib/errors'
import { log } from '#lib/log'
import type { Deps } from '../context.ts'
import type { Served } from '../endpoint/index.ts'
import type { View } from '../view.ts'
import { approvalTool } from './approval.ts'
import { accountArgument, userArgument } from './definition.ts'
import { type Missing, saidTo, surface } from './missing.ts'
import type { Offered } from './offered.ts'
import { tellProgress } from './progress.ts'
import { answered, failed, type Refusal, refused } from './result.ts'
import { until } from './wait.ts'

/** How long a call waits for a person who has just been sent to connect, in milliseconds. */
const connectingMs = 20_000

/** A call of one tool. */
export type Asked = {
  view: View
  offered: Offered
  arguments: Readonly<Record<string, unknown>>
  served: Pick<Served<unknown>, 'era' | 'origin' | 'opensUrls' | 'signal'>
  context: ServerContext
}

/** Runs a tool for the caller, through the pipeline that every call goes through. */
export async function run(deps: Deps, asked: Asked): Promise<CallToolResult | InputRequiredResult> {
  const { view, offered, served, context } = asked
  const { tool } = offered
  const source = deps.connectors[tool.connector]?.name ?? tool.connector
  const signal = AbortSignal.any([served.signal, context.mcpReq.signal])
  const quiet = tellProgress(context, `${tool.title}: ${source}`)
  try {
    if (saidTo(context) === 'accept') await until(() => isReady(deps, view, tool), connectingMs, signal)
    else if (view.userId !== null && offered.accounts.length === 0)
      return await unconnected(deps, asked, source)
    const input = inputOf(asked)
    if ('isError' in input) return input
    return toldOf(await deps.broker.execute(view.caller, input, served.origin, signal), asked, source)
  } catch (thrown) {
    // What the protocol has a word for is not ours to explain.
    if (thrown instanceof ProtocolError) throw thrown
    return await explained(deps, toAppError(thrown), asked, source)
  } finally {
    quiet()
  }
}

/** Whether what the user was sent to grant is there. */
async function isReady(deps: Deps, { tenant, caller, userId }: View, { name, connector }: ToolView) {
  const [tool] = await deps.broker.listTools({ tenant, caller, userId }, { connector, names: [name] })
  return tool?.available === true
}

function inputOf({ view, offered, arguments: given }: Asked): ExecuteInput | Refusal {
  const { [accountArgument]: account, [userArgument]: user, ...rest } = given
  const { tool, accounts } = offered
  const base = { tool_name: tool.name, org_id: view.tenant.externalId }
  if (view.userId === null) {
    if (typeof user !== 'string' || user === '')
      return refused(`Say in ${userArgument} on behalf of which user ${tool.name} is to be run.`, {
        code: 'invalid_request',
      })
    return parsed({
      ...base,
      user_id: user,
      params: { ...rest, ...(account !== undefined && { [accountArgument]: account }) },
    })
  }
  const params = user === undefined ? rest : { ...rest, [userArgument]: user }
  const named = accounts.find(({ publicId }) => publicId === account)
  if (account !== undefined && !named) return ambiguous(accounts, 'There is no such account.')
  if (named) return parsed({ tool_name: tool.name, connected_account_id: named.publicId, params })
  const usable = accounts.filter(({ status }) => status === 'active')
  const candidates = usable.length > 0 ? usable : accounts
  if (candidates.length > 1) return ambiguous(accounts, 'There are several accounts.')
  const [only] = candidates
  if (only) return parsed({ tool_name: tool.name, connected_account_id: only.publicId, params })
  return parsed({ ...base, user_id: view.userId, params })
}

function ambiguous(accounts: Offered['accounts'], begin: string): Refusal {
  const list = accounts.map(({ publicId, label }) => `${publicId} (${label})`).join(', ')
  return refused(`${begin} Say which one in ${accountArgument}: ${list}.`, {
    code: 'ambiguous_account',
    accounts: accounts.map(({ publicId, label }) => ({ id: publicId, label })),
  })
}

function parsed(input: Record<string, unknown>): ExecuteInput | Refusal {
  const read = executeInput.safeParse(input)
  if (read.success) return read.data
  const [issue] = read.error.issues
  return refused(`The arguments do not fit: ${issue?.path.join('.')} ${issue?.message}.`, {
    code: 'invalid_request',
  })
}

function toldOf(
  outcome: Awaited<ReturnType<Deps['broker']['execute']>>,
  { offered: { tool } }: Asked,
  source: string,
): CallToolResult {
  if (outcome.status === 'pending_approval') {
    const { approval_id, expires_at } = outcome
    return refused(
      `Not done yet: people have to approve this call first, until ${expires_at}. It is then made by itself, once. ` +
        `Do not call ${tool.name} again for it; ask ${approvalTool} with approval_id "${approval_id}" what became of it.`,
      { code: 'approval_required', approval_id, expires_at },
    )
  }
  const facts = { execution_id: outcome.execution_id, trace_id: outcome.trace_id }
  if (outcome.content?.omitted !== undefined)
    return refused(
      `It is done, and must not be done again. What ${source} answered was left out: it was too long, or could not be looked through.`,
      { code: 'answer_omitted', ...facts },
    )
  return answered(outcome.output, source, { ...facts, ...(outcome.content && { content: outcome.content }) })
}

const needsPerson = new Set(['insufficient_scope', 'reauthorization_required'])

async function explained(
  deps: Deps,
  error: AppError,
  asked: Asked,
  source: string,
): Promise<CallToolResult | InputRequiredResult> {
  const { served, offered, view } = asked
  const { connect_url: url, detail } = error.facts
  if (url !== undefined && needsPerson.has(error.code)) {
    const code = error.code as Missing['code']
    const words = `${detail ?? error.message} ${source} asks for it.`
    return surface({ words, url, code }, asked.context, served.era, served.opensUrls)
  }
  if (error.code === 'not_found' && view.userId !== null && offered.accounts.length === 0)
    return unconnected(deps, asked, source)
  if (error.status >= 500 && error.facts.category === undefined)
    log.error({ err: error, code: error.code }, error.internal ?? error.message)
  return failed(error, source, served.origin.traceId)
}

/** That the user has no account at the provider of this tool yet, and where to connect one. */
async function unconnected(deps: Deps, asked: Asked, source: string) {
  const { view, offered, served, context } = asked
  const { agentOrgId, agentId, userId } = view.caller
  const { connector } = offered.tool
  const url =
    userId === null ? null : await deps.invite(view.tenant, { userId, connector, agentOrgId, agentId })
  if (url === null)
    return refused(
      `The user has no connected account at ${source}, and it cannot be connected here. An administrator has to set it up.`,
      { code: 'connection_required' },
    )
  const words = `Connect an account at ${source}, so that it can be used for this.`
  return surface({ words, url, code: 'connection_required' }, context, served.era, served.opensUrls)
}
