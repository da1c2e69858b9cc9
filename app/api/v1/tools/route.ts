import { openCursor, page, resource, route, startAfter } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { broker, key } from '#runtime'
import { listTools } from './contract.ts'
import { formats } from './formats.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listTools, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const { user_id: userId, connector, q } = query
        const named = userId !== undefined || query.org_id !== undefined || caller.reach !== null
        const tenant = named ? await tenantFrom(caller, query.org_id) : null
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
  key('read'),
)
