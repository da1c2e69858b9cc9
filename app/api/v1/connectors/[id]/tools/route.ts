import { AppError } from '#lib/errors'
import { resource, route } from '#lib/http'
import { broker, connectors, key } from '#runtime'
import { listConnectorTools } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listConnectorTools, {
      authenticate: key('read'),
      handle: async ({ params }) => {
        if (!Object.hasOwn(connectors, params.id)) throw new AppError('not_found')
        const data = await broker.listTools(null, { connector: params.id })
        return { data, has_more: false, next_cursor: null }
      },
    }),
  },
  key('read'),
)
