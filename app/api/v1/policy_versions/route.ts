import { cursorOf, openCursor, page, resource, route, uuidShape } from '#lib/http'
import { actorOf } from '#lib/identity'
import { createDraft, listVersions } from '#lib/policy'
import { tenantFrom } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { createPolicyVersion, listPolicyVersions } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(listPolicyVersions, {
      authenticate: key('read'),
      handle: async ({ caller, query }) => {
        const tenant = await tenantFrom(caller, query.org_id)
        const rows = await listVersions(tenant, openCursor(query.cursor, uuidShape), query.limit + 1)
        return page(rows, query.limit, cursorOf('policy_version'))
      },
    }),
    POST: route(createPolicyVersion, {
      authenticate: key('manage'),
      handle: async ({ caller, body, origin }) => {
        const { org_id, ...input } = body
        const tenant = await tenantFrom(caller, org_id)
        return createDraft(tenant, input, actorOf(caller), (tx, { id, number }) =>
          audited(tx, tenant, caller, origin, 'policy.drafted', {
            policy_version_id: id,
            version: String(number),
          }),
        )
      },
    }),
  },
  key('read'),
)
