import { AppError } from '#lib/errors'
import { openCursor, page, resource, route, startAfter } from '#lib/http'
import { broker, connectors, key } from '#runtime'
import { asTool } from '../../../tools/formats.ts'
import { listConnectorTools } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listConnectorTools, {
      authenticate: key('read'),
      handle: async ({ params, query }) => {
        if (!Object.hasOwn(connectors, params.id)) throw new AppError('not_found')
        const tools = (await broker.listTools(null, { connector: params.id })).map(asTool)
        const after = openCursor(query.cursor, /^[a-z0-9_.]{1,64}$/)
        return page(
          tools.slice(startAfter(tools, ({ name }) => name, after)),
          query.limit,
          ({ name }) => name,
        )
      },
    }),
  },
  key('read'),
)
