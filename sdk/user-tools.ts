import { BehalfError } from './error.ts'
import { modelFormats } from './formats.ts'
import { toolOfWireName } from './names.ts'
import { actionRequired, outcomeOfAnswer, outcomeOfError, type ToolOutcome } from './outcome.ts'
import type { Request } from './request.ts'
import { type Call, type Once, parse } from './transport.ts'
import type { ConnectSessionInput, ExecuteInput, Tool } from './types.ts'

export type ToolsFor = {
  /** May be left out by a credential that one organization restricts. */
  org_id?: string
  user_id: string
  /** Whose tools; without it, those of all connectors. */
  connectors?: readonly string[]
  /** Of those, only these. */
  tools?: readonly string[]
  /** Which account to use, by connector, for users who have several there. */
  accounts?: Readonly<Record<string, string>>
  /** Kept with each execution: which run of the agent, which model. */
  context?: ExecuteInput['context']
  /**
   * What a connect session is made with when a tool's connector is not connected yet, so that the model is given a
   * link to show. Without it the model is told, and nothing else. It takes a secret key.
   */
  invite?: Partial<ConnectSessionInput>
  /** Sees how each call ended, such as to show a button for `connect_url`. */
  onOutcome?: (outcome: ToolOutcome, call: { tool_name: string; call_id: string | null }) => void
}

export type RunCall = Call & {
  /** The model's id of its call; told to `onOutcome`. */
  callId?: string
  /** Under one key a call is made once: give one that outlives your process where a framework resumes runs. */
  idempotencyKey?: string
}

/** The tools of a user, ready for a model. */
export type UserTools = {
  /** With what the user has not granted yet, and without what is refused whatever they grant, or moves files. */
  readonly tools: readonly Tool[]
  /** The tools as a model's API takes them. */
  format<Shape extends keyof typeof modelFormats>(shape: Shape): ReturnType<(typeof modelFormats)[Shape]>[]
  /**
   * Runs what a model has asked for, by the name that it was given or the tool's own.
   * @param params an object, or its JSON as the model wrote it
   * @returns how it ended, whichever it is: a refusal is an answer too
   * @throws what aborted it, or BehalfError `unauthenticated`
   */
  run(name: string, params: unknown, call?: RunCall): Promise<ToolOutcome>
}

/** @throws BehalfError `not_found` for a connector that has no tools */
export async function toolsFor(request: Request, who: ToolsFor, call: Call): Promise<UserTools> {
  const listed = await Promise.all(
    (who.connectors ?? [undefined]).map((connector) => allTools(request, who, connector, call)),
  )
  const tools = listed
    .flat()
    .filter(({ blocked, file }) => blocked === null && file === null)
    .filter(({ name }) => who.tools?.includes(name) ?? true)
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  return {
    tools,
    format: (shape) => tools.map((tool) => modelFormats[shape](tool) as never),
    run: async (name, params, { callId, ...call } = {}) => {
      const tool = byName.get(toolOfWireName(name))
      const outcome = tool ? await runTool(request, who, tool, params, call) : noTool(name)
      who.onOutcome?.(outcome, { tool_name: tool?.name ?? name, call_id: callId ?? null })
      return outcome
    },
  }
}

async function allTools(request: Request, who: ToolsFor, connector: string | undefined, call: Call) {
  const tools: Tool[] = []
  for (let cursor: string | undefined; ; ) {
    const { org_id, user_id } = who
    const query = { org_id, user_id, connector, cursor, limit: 100 }
    const { data, next_cursor } = await request('listTools', { query }, call)
    tools.push(...(data as Tool[]))
    if (next_cursor === null) break
    cursor = next_cursor
  }
  if (tools.length === 0 && connector !== undefined)
    throw new BehalfError(0, { code: 'not_found', detail: `there is no connector "${connector}" with tools` })
  return tools
}

async function runTool(request: Request, who: ToolsFor, tool: Tool, given: unknown, call: Once) {
  const params = typeof given === 'string' ? parse(given) : given
  if (typeof params !== 'object' || params === null || Array.isArray(params))
    return failed('invalid_request', `The params of ${tool.name} are a JSON object.`)
  const account = who.accounts?.[tool.connector]
  const whose =
    account === undefined ? { org_id: who.org_id, user_id: who.user_id } : { connected_account_id: account }
  const context = who.context && { context: who.context }
  const body = { ...whose, ...context, tool_name: tool.name, params: params as Record<string, unknown> }
  try {
    return outcomeOfAnswer(await request('executeTool', { body }, call))
  } catch (error) {
    // The tool is there, so what is not found is the user's account.
    if (error instanceof BehalfError && error.code === 'not_found' && who.invite && account === undefined)
      return invitation(request, who, tool, who.invite, call)
    return outcomeOfError(error, tool.effect === 'read')
  }
}

async function invitation(
  request: Request,
  { org_id, user_id }: ToolsFor,
  { name, connector }: Tool,
  invite: Partial<ConnectSessionInput>,
  { signal }: Call,
): Promise<ToolOutcome> {
  const call = signal ? { signal } : {}
  const whose = { org_id, user_id }
  const { connectors } = await request('toolRequirements', { body: { ...whose, tools: [name] } }, call)
  const wanted = connectors.find((one) => one.connector === connector)
  const body = { ...whose, connectors: [connector], scopes: { [connector]: wanted?.scopes ?? [] }, ...invite }
  const { hosted_url } = await request('createConnectSession', { body }, call)
  const why = `The user has not connected ${connector} yet.`
  return hosted_url ? actionRequired('not_found', why, hosted_url) : failed('not_found', why)
}

const failed = (code: 'not_found' | 'invalid_request', message: string): ToolOutcome => ({
  status: 'failed',
  code,
  message,
  retryable: false,
})
const noTool = (name: string) => failed('not_found', `There is no tool ${JSON.stringify(name)}.`)
