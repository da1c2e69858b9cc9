import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import { effect } from '#lib/connector-kit/schema'
import type { Catalogue } from '../catalogue.ts'
import { type CedarType, cedarType, type Shape, shapeOfParams } from './shape.ts'

// The words of a policy. Principal: the agent, or the product itself. Action: the tool, within its connector and its
// effect. Resource: the connected account. Everything else that is known of a call is its context.

const string = { type: 'String' } as const
const long = { type: 'Long' } as const
const boolean = { type: 'Boolean' } as const
const strings = { type: 'Set', element: string } as const
const datetime = { type: 'Extension', name: 'datetime' } as const
const record = (attributes: Record<string, unknown>) => ({ type: 'Record', attributes }) as CedarType
const optional = <Type extends object>(type: Type) => ({ ...type, required: false })
const entity = (name: string) => ({ type: 'Entity', name }) as const

const entityTypes = {
  Team: {},
  Environment: {},
  Group: {},
  Connector: {},
  Agent: {
    memberOfTypes: ['Team', 'Environment'],
    shape: record({
      name: string,
      owner: optional(string),
      purpose: optional(string),
      team: optional(string),
      environment: optional(string),
    }),
  },
  Product: { shape: record({ via: string }) },
  User: { memberOfTypes: ['Group'], shape: record({ groups: strings }) },
  Account: {
    memberOfTypes: ['Connector'],
    shape: record({ user: entity('User'), connector: string }),
  },
}

/** What every call's context says besides its params. */
const contextOfEveryCall = {
  org: record({ id: string, timezone: string }),
  actors: strings,
  delegated: boolean,
  user: record({ id: string, groups: strings }),
  connector: string,
  tool: string,
  effect: string,
  risk: string,
  resources: { type: 'Set', element: record({ kind: string, id: string }) },
  email_domains: strings,
  time: datetime,
  local: record({ date: string, weekday: long, hour: long, minute: long, week_start: datetime }),
  ip: optional({ type: 'Extension', name: 'ipaddr' }),
  usage: record({ last_hour: long, last_day: long, last_week: long }),
}

export const connectorGroup = (id: string) => `connector:${id}`
export const effectGroup = (name: string) => `effect:${name}`

export type PolicyModel = {
  schema: SchemaJson<string>
  /** By the name of the tool. */
  params: ReadonlyMap<string, Shape>
}

/** The typed schema of everything that a policy may speak of: one action per tool, its params typed. */
export function modelOf(catalogue: Catalogue): PolicyModel {
  const tools = Object.values(catalogue).flatMap((connector) =>
    Object.values(connector.tools).map((tool) => ({ connector, tool })),
  )
  const params = new Map(tools.map(({ tool }) => [tool.name, shapeOfParams(tool.input)] as const))
  const groups = [
    ...Object.values(catalogue).map(({ id }) => connectorGroup(id)),
    ...effect.options.map(effectGroup),
  ].map((id) => [id, {}] as const)
  const actions = tools.map(({ connector, tool }) => {
    const shape = params.get(tool.name)
    const context = record({ ...contextOfEveryCall, ...(shape && { params: cedarType(shape) }) })
    return [
      tool.name,
      {
        memberOf: [{ id: connectorGroup(connector.id) }, { id: effectGroup(tool.effect) }],
        appliesTo: { principalTypes: ['Agent', 'Product'], resourceTypes: ['Account'], context },
      },
    ] as const
  })
  const schema = { '': { entityTypes, actions: Object.fromEntries([...groups, ...actions]) } }
  return { schema: schema as SchemaJson<string>, params }
}
