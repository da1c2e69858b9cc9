import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { actorOf } from '#lib/identity'
import { listCeilings, putCeilingIn } from '#lib/scopes'
import { tenantFrom } from '#lib/tenancy'
import { audited, connectors, key } from '#runtime'
import { listScopeCeilings, putScopeCeiling } from './contract.ts'

/** @throws AppError `invalid_request` for a connector that does not exist, or a scope that it does not have */
function assertKnown(connectorId: string, scopes: readonly string[]): void {
  const refuse = (param: string, at: string, detail: string) =>
    new AppError('invalid_request', { detail, param, errors: [{ path: at, message: detail }] })
  const connector = Object.hasOwn(connectors, connectorId) ? connectors[connectorId] : undefined
  if (!connector) throw refuse('connector', 'connector', `There is no connector ${connectorId}.`)
  const known = new Set([...Object.keys(connector.scopes), ...Object.entries(connector.implies).flat(2)])
  const stranger = scopes.findIndex((scope) => !known.has(scope))
  if (stranger >= 0)
    throw refuse('scopes', `scopes.${stranger}`, `${connector.name} has no scope ${scopes[stranger]}.`)
}

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listScopeCeilings, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const { connector, group } = query
        const before = openCursor(query.cursor, uuidShape)
        const rows = await listCeilings(tenant, { connector, group }, before, query.limit + 1)
        return page(rows, query.limit, cursorOf('scope_ceiling'))
      },
    }),
    PUT: route(putScopeCeiling, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        assertKnown(input.connector, input.scopes)
        const tenant = await tenantFrom(caller, org_id)
        return forOrg(tenant, async (tx) => {
          const { ceiling, before } = await putCeilingIn(tx, tenant, input, actorOf(caller))
          const details = {
            scope_ceiling_id: ceiling.id,
            connector: ceiling.connector,
            group: ceiling.group ?? '',
            scopes: ceiling.scopes.join(' '),
            scopes_before: before?.join(' ') ?? '*',
          }
          await audited(tx, tenant, caller, origin, 'scope_ceiling.changed', details, ['scopes'])
          return ceiling
        })
      },
    }),
  },
  key('read'),
)
