import { isForm } from '#lib/connector-kit'
import { AppError } from '#lib/errors'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { createAuthConfig as create, listAuthConfigs as list } from '#lib/oauth'
import { tenantOrDeployment } from '#lib/tenancy'
import { audited, connectors, key } from '#runtime'
import { createAuthConfig, listAuthConfigs } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listAuthConfigs, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantOrDeployment(caller, query.org_id)
        const before = openCursor(query.cursor, uuidShape)
        const rows = await list(tenant, { connector: query.connector }, before, query.limit + 1)
        return page(rows, query.limit, cursorOf('auth_config'))
      },
    }),
    POST: route(createAuthConfig, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const tenant = await tenantOrDeployment(caller, body.org_id)
        const connector = Object.hasOwn(connectors, body.connector) ? connectors[body.connector] : undefined
        if (!connector) {
          throw new AppError('invalid_request', {
            detail: `There is no connector ${body.connector}; GET /api/v1/connectors lists them.`,
            param: 'connector',
            errors: [{ path: 'connector', message: 'is no connector' }],
          })
        }
        if (isForm(connector)) {
          throw new AppError('invalid_request', {
            detail: `${connector.name} needs no OAuth client: people paste a credential of their own.`,
            param: 'connector',
            errors: [{ path: 'connector', message: 'takes no OAuth client' }],
          })
        }
        return create(tenant, caller, body, connector.baseUrls, (tx, created) =>
          audited(tx, tenant, caller, origin, 'auth_config.created', { auth_config_id: created.id }),
        )
      },
    }),
  },
  key('read'),
)
