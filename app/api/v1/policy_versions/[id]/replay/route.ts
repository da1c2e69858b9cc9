import { replayPolicy } from '#lib/broker'
import { forOrg } from '#lib/db'
import { openCursor, resource, route, uuidShape } from '#lib/http'
import { bundleOf } from '#lib/policy'
import { resolveObject } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { replayPolicyVersion } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(replayPolicyVersion, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin, signal }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_version', params.id)
        const { cursor, ...range } = body
        const bundle = await bundleOf(tenant, id)
        await forOrg(tenant, (tx) =>
          audited(tx, tenant, caller, origin, 'policy.replayed', { policy_version_id: params.id }),
        )
        const { next, ...found } = await replayPolicy(
          tenant,
          bundle,
          { ...range, after: openCursor(cursor, uuidShape) },
          signal,
        )
        return {
          ...found,
          has_more: next !== null,
          next_cursor: next === null ? null : Buffer.from(next).toString('base64url'),
        }
      },
    }),
  },
  key('manage'),
)
