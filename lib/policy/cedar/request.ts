import type { EntityJson, StatefulAuthorizationCall } from '@cedar-policy/cedar-wasm/nodejs'
import type { CallFacts } from '#lib/proof'
import type { PolicyModel } from './model.ts'
import { cedarValue, type Json } from './shape.ts'

const uid = (type: string, id: string) => ({ type, id })
const instant = (text: string) => ({ __extn: { fn: 'datetime', arg: new Date(text).toISOString() } })

type Request = Pick<StatefulAuthorizationCall, 'principal' | 'action' | 'resource' | 'context' | 'entities'>

/**
 * The facts of a call as Cedar's request.
 * @throws TypeError for params that have not the shape of the tool, or a tool that the schema does not know
 */
export function requestOf(model: PolicyModel, facts: CallFacts): Request {
  const shape = model.params.get(facts.tool)
  if (!shape) throw new TypeError(`${facts.tool} is not a tool that there is`)
  const principal = principalOf(facts)
  const user = uid('User', facts.user.id)
  const account = uid('Account', facts.account)
  const groups = facts.user.groups.map((id) => uid('Group', id))
  const connector = uid('Connector', facts.connector)
  const bare = [...groups, connector, ...principal.parents]
  return {
    principal: principal.uid,
    action: uid('Action', facts.tool),
    resource: account,
    context: contextOf(facts, cedarValue(shape, facts.params)),
    entities: [
      principal,
      { uid: user, attrs: { groups: [...facts.user.groups] }, parents: groups },
      {
        uid: account,
        attrs: { user: { __entity: user }, connector: facts.connector },
        parents: [connector],
      },
      ...bare.map((one) => ({ uid: one, attrs: {}, parents: [] })),
    ],
  }
}

function principalOf({ agent, caller }: CallFacts): EntityJson {
  if (!agent) return { uid: uid('Product', caller.id), attrs: { via: caller.type }, parents: [] }
  const { name, owner, purpose, team, environment } = agent
  const known = Object.entries({ owner, purpose, team, environment }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  )
  return {
    uid: uid('Agent', agent.id),
    attrs: { name, ...Object.fromEntries(known) },
    parents: [
      ...(team === null ? [] : [uid('Team', team)]),
      ...(environment === null ? [] : [uid('Environment', environment)]),
    ],
  }
}

const contextOf = (facts: CallFacts, params: Json): Record<string, Json> => ({
  params,
  org: { ...facts.org },
  user: { id: facts.user.id, groups: [...facts.user.groups] },
  connector: facts.connector,
  tool: facts.tool,
  effect: facts.effect,
  risk: facts.risk,
  resources: facts.resources.map(({ kind, id }) => ({ kind, id })),
  email_domains: [...facts.email_domains],
  time: instant(facts.time),
  local: { ...facts.local, week_start: instant(facts.local.week_start) },
  ...(facts.ip !== null && { ip: { __extn: { fn: 'ip', arg: facts.ip } } }),
  usage: { ...facts.usage },
})
