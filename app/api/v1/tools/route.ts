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
        const asked = userId ? { tenant: await tenantFrom(caller, query.org_id), caller, userId } : null
        const after = openCursor(query.cursor, /^[a-z0-9_.]{1,64}$/)
        const tools = await broker.listTools(asked, { connector, q })
        const begin = startAfter(tools, ({ name }) => name, after)
        const { data, ...rest } = page(tools.slice(begin), query.limit, ({ name }) => name)
        return { data: data.map(formats[query.format]), ...rest }
      },
    }),
  },
  key('read'),
)
