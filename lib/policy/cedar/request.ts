import type { EntityJson, StatefulAuthorizationCall } from '@cedar-policy/cedar-wasm/nodejs'
import type { CallFacts } from '#lib/proof'
import { connectorGroup, effectGroup, type PolicyModel } from './model.ts'
import type { Reads } from './reads.ts'
import { cedarValue, type Json, type Shape } from './shape.ts'

const uid = (type: string, id: string) => ({ type, id })
const instant = (text: string) => ({ __extn: { fn: 'datetime', arg: new Date(text).toISOString() } })

type Request = Pick<StatefulAuthorizationCall, 'principal' | 'action' | 'resource' | 'context' | 'entities'>

/**
 * The facts of a call as Cedar's request, as far as policies read them.
 * @throws TypeError for params that have not the shape of the tool, or a tool that the model does not know
 */
export function requestOf(model: PolicyModel, facts: CallFacts, reads: Reads): Request {
  const shape = model.params.get(facts.tool)
  if (!shape) throw new TypeError(`${facts.tool} is not a tool that there is`)
  const principal = principalOf(facts)
  const user = uid('User', facts.user.id)
  const account = uid('Account', facts.account)
  const action = uid('Action', facts.tool)
  const within = [connectorGroup(facts.connector), effectGroup(facts.effect)]
  // Groups have no attributes: to be named as a parent is all that there is of them.
  const entities: EntityJson[] = [
    principal,
    { uid: action, attrs: {}, parents: within.map((id) => uid('Action', id)) },
    {
      uid: account,
      attrs: { user: { __entity: user }, connector: facts.connector },
      parents: [uid('Connector', facts.connector)],
    },
  ]
  // Only the account leads to its user.
  if (reads.attributes.has('user')) {
    entities.push({
      uid: user,
      attrs: { groups: [...facts.user.groups] },
      parents: facts.user.groups.map((id) => uid('Group', id)),
    })
  }
  return {
    principal: principal.uid,
    action,
    resource: account,
    context: contextOf(facts, shape, reads.context),
    entities: entities.map((one) => ({ ...one, attrs: picked(one.attrs, reads.attributes) })),
  }
}

const picked = (record: Readonly<Record<string, Json>>, names: ReadonlySet<string>): Record<string, Json> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)))

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

/** How each attribute of the context is made of the facts; `undefined` for one that a call has not. */
const attributes: Readonly<
  Record<string, (facts: CallFacts, shape: Shape, fields: ReadonlySet<string> | null) => Json | undefined>
> = {
  params: ({ params }, shape, fields) => cedarValue(fields ? only(shape, fields) : shape, params),
  org: ({ org }) => ({ ...org }),
  actors: ({ actors }) => [...actors],
  delegated: ({ actors }) => actors.length > 1,
  user: ({ user }) => ({ id: user.id, groups: [...user.groups] }),
  connector: ({ connector }) => connector,
  tool: ({ tool }) => tool,
  effect: ({ effect }) => effect,
  risk: ({ risk }) => risk,
  resources: ({ resources }) => resources.map(({ kind, id }) => ({ kind, id })),
  email_domains: ({ email_domains }) => [...email_domains],
  time: ({ time }) => instant(time),
  local: ({ local }) => ({ ...local, week_start: instant(local.week_start) }),
  ip: ({ ip }) => (ip === null ? undefined : { __extn: { fn: 'ip', arg: ip } }),
  usage: ({ usage }) => ({ ...usage }),
}

/** The fields of a record that policies name. */
const only = (shape: Shape, names: ReadonlySet<string>): Shape =>
  shape.kind === 'record'
    ? {
        kind: 'record',
        fields: Object.fromEntries(Object.entries(shape.fields).filter(([name]) => names.has(name))),
      }
    : shape

const isRecord = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Attributes that are records of known fields; of the others all is handed over. */
const records: ReadonlySet<string> = new Set(['org', 'user', 'local', 'usage'])

function contextOf(facts: CallFacts, shape: Shape, reads: Reads['context']): Record<string, Json> {
  const context: Record<string, Json> = {}
  for (const [name, make] of Object.entries(attributes)) {
    const fields = reads === 'everything' ? 'whole' : reads.get(name)
    if (fields === undefined) continue
    const value = make(facts, shape, fields === 'whole' ? null : fields)
    if (value === undefined) continue
    const some = fields !== 'whole' && records.has(name) && isRecord(value)
    context[name] = some ? picked(value, fields) : value
  }
  return context
}
