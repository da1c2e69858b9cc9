import type { Connector, Tool } from '#lib/connector-kit'
import { risk } from '#lib/connector-kit/schema'
import type { CallFacts } from '#lib/proof'
import { localTime } from './local-time.ts'

/** What is known of a call when policy is asked. */
export type KnownOfCall = Pick<
  CallFacts,
  'caller' | 'agent' | 'actors' | 'user' | 'account' | 'ip' | 'usage'
> & {
  /** `timezone` is an IANA name; an org that has none is on UTC. */
  org: { id: string; timezone: string | null }
  connector: Pick<Connector, 'id' | 'scopes' | 'resources'>
  tool: Tool
  /** Parsed. */
  params: unknown
  /** The scopes that the call uses: the alternative of the tool's that the grant satisfied. */
  scopes: readonly string[]
  time: Date
}

/** No calls counted: for an org whose policies do not ask. */
export const noUsage: CallFacts['usage'] = { last_hour: 0, last_day: 0, last_week: 0 }

/** The one record that every engine judges, and that replay judges again: plain JSON and nothing else. */
export const factsOf = (call: KnownOfCall): CallFacts => ({
  caller: call.caller,
  agent: call.agent,
  actors: call.actors,
  user: call.user,
  org: { id: call.org.id, timezone: call.org.timezone ?? 'UTC' },
  account: call.account,
  connector: call.connector.id,
  tool: call.tool.name,
  effect: call.tool.effect,
  risk: riskOf(call),
  params: call.params,
  resources: resourcesOf(call),
  email_domains: emailDomains(call.params),
  time: call.time.toISOString(),
  local: localTime(call.time, call.org.timezone ?? 'UTC'),
  ip: call.ip,
  usage: call.usage,
})

const byEffect = { read: 'read', write: 'write', send: 'send', delete: 'write', admin: 'admin' } as const

/** The widest of what the call's scopes can do, and of what the tool does. */
function riskOf({ connector, tool, scopes }: KnownOfCall): string {
  const order = risk.options
  const risks = scopes.flatMap((scope) => connector.scopes[scope]?.risk ?? [])
  return [byEffect[tool.effect], ...risks].reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a))
}

function resourcesOf({ connector, tool, params }: KnownOfCall): { kind: string; id: string }[] {
  return Object.entries(connector.resources).flatMap(([kind, { tools }]) => {
    const limit = Object.hasOwn(tools, tool.name) ? tools[tool.name] : undefined
    if (limit === undefined || limit === 'untouched' || limit.touches === undefined) return []
    return limit.touches(params as never).map((id) => ({ kind, id }))
  })
}

// What stands before the @ is looked at one character back only: a pattern for both sides would take quadratic time. A
// domain with a dot is one whatever stands there, since a name may be quoted; one without needs the end of a name, so
// that "@ana" in a text is no address. A domain may also be an address in brackets (RFC 5321 §4.1.3).
const afterAt = /(?<before>^|[\s\S])@(?<domain>\[[^\]\s]+\]|[^\s<>"',;:()[\]\\@/?#&=]+)/g
const endsName = /[^\s<>"',;:()[\]\\@]/
const hasDot = /\.[^.]*\p{L}[^.]*\.?$/u
/** Signs that mail programs take for an @. */
const signs = /[\uFF20\uFE6B]/g

/** Comments, however deep, and spaces may stand around the @ (RFC 5322 §3.2.2). */
function withoutComments(text: string): string {
  let depth = 0
  let kept = ''
  for (const part of text.split(/([()])/)) {
    if (part === '(') depth++
    else if (part === ')') depth = Math.max(0, depth - 1)
    else if (depth === 0) kept += part
  }
  return kept.replace(/@\s+/g, '@')
}

function domainsIn(text: string, found: Set<string>): void {
  for (const { groups } of text.matchAll(afterAt)) {
    const domain = (groups?.domain ?? '').toLowerCase()
    if (domain.startsWith('[') || hasDot.test(domain) || endsName.test(groups?.before ?? ''))
      found.add(domain.replace(/\.$/, ''))
  }
}

/** Addresses are looked for in every text of the params, so that no field of a connector's is overlooked. */
export function emailDomains(params: unknown): string[] {
  const found = new Set<string>()
  const look = (value: unknown): void => {
    if (typeof value === 'string') {
      const text = value.replace(signs, '@')
      if (!text.includes('@')) return
      domainsIn(text, found)
      // A comment may hold an address of its own, so that the text is looked at both ways.
      if (/[()]|@\s/.test(text)) domainsIn(withoutComments(text), found)
    } else if (typeof value === 'object' && value !== null) {
      for (const inner of Object.values(value)) look(inner)
    }
  }
  look(params)
  return [...found].sort()
}
