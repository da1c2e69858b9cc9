import { AppError } from '#lib/errors'
import { resource, route } from '#lib/http'
import { connectors, key } from '#runtime'
import { describe } from '../describe.ts'
import { getConnector } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getConnector, {
      authenticate: key('read'),
      handle: async ({ params }) => {
        const connector = Object.hasOwn(connectors, params.id) ? connectors[params.id] : undefined
        if (!connector) throw new AppError('not_found')
        return describe(connector)
      },
    }),
  },
  key('read'),
)
