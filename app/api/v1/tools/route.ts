import { openCursor, page, resource, route, startAfter } from '#lib/http'
import { userFrom } from '#lib/identity'
import { tenantFrom } from '#lib/tenancy'
import { agentOrKey, broker } from '#runtime'
import { listTools } from './contract.ts'
import { formats } from './formats.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listTools, {
      authenticate: agentOrKey('read', 'tools:read'),
      handle: async ({ caller, query }) => {
        const { connector, q } = query
        const named = query.user_id !== undefined || query.org_id !== undefined || caller.reach !== null
        const tenant = named ? await tenantFrom(caller, query.org_id) : null
        const userId = tenant ? await userFrom(tenant, caller, query.user_id) : undefined
        const asked = tenant && { tenant, caller, userId: userId ?? null }
        const after = openCursor(query.cursor, /^[a-z0-9_.]{1,64}$/)
        const all = await broker.listTools(asked, { connector, q })
        // What goes to a model as it is has no place to say that a tool cannot be had.
        const tools = query.format === 'native' ? all : all.filter(({ blocked }) => blocked === null)
        const begin = startAfter(tools, ({ name }) => name, after)
        const { data, ...rest } = page(tools.slice(begin), query.limit, ({ name }) => name)
        return { data: data.map(formats[query.format]), ...rest }
      },
    }),
  },
  agentOrKey('read', 'tools:read'),
)
