import { AppError } from '#lib/errors'
import type { CallFacts, Tenant } from '#lib/proof'
import { catalogue } from '../engines.ts'
import { factsOf } from '../facts.ts'
import type { CallInput } from '../schema.ts'

const refuse = (path: string, message: string): AppError =>
  new AppError('invalid_request', {
    detail: `${path} ${message}.`,
    param: path,
    errors: [{ path, message }],
  })

/**
 * The facts of a made-up call, as those of a real one would be: its params parsed by the tool, its resources found by
 * the connector.
 * @param timezone the org's
 * @throws AppError `invalid_request` for a tool that there is not, params that do not fit it, or an unknown zone
 */
export function factsOfMadeUp(tenant: Tenant, call: CallInput, timezone: string | null): CallFacts {
  const connector = Object.values(catalogue()).find(({ tools }) => Object.hasOwn(tools, call.tool_name))
  const tool = connector?.tools[call.tool_name]
  if (!connector || !tool) throw refuse('call.tool_name', 'is not a tool that there is')
  const params = tool.input.safeParse(call.params)
  if (!params.success) {
    const [issue] = params.error.issues
    throw refuse(
      ['call', 'params', ...(issue?.path ?? [])].join('.'),
      issue?.message ?? 'does not fit the tool',
    )
  }
  const zone = call.timezone ?? timezone
  if (zone !== null && !isTimezone(zone)) throw refuse('call.timezone', 'is not a time zone')
  const facts = factsOf({
    caller: call.agent ? { type: 'agent', id: call.agent.id } : { type: 'api_key', id: 'key_example' },
    agent: call.agent,
    actors: call.agent ? [call.agent.id, ...(call.via ?? [])] : [],
    user: call.user,
    org: { id: tenant.externalId, timezone: zone },
    account: call.account,
    connector,
    tool,
    params: params.data,
    scopes: [],
    time: new Date(call.time),
    ip: call.ip,
    usage: call.usage,
  })
  return call.risk === undefined ? facts : { ...facts, risk: call.risk }
}

/** Whether this Node knows an IANA time zone of that name. */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch {
    return false
  }
}
