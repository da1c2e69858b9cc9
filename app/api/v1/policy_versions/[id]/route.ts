import { resource, route } from '#lib/http'
import { changeDraft, discardDraft, getVersion } from '#lib/policy'
import { resolveObject } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { changePolicyVersion, discardPolicyVersion, getPolicyVersion } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getPolicyVersion, {
      authenticate: key('read'),
      handle: async ({ caller, params }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_version', params.id)
        return getVersion(tenant, id)
      },
    }),
    PATCH: route(changePolicyVersion, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_version', params.id)
        return changeDraft(tenant, id, body, (tx, { number }, fields) =>
          audited(
            tx,
            tenant,
            caller,
            origin,
            'policy.draft_changed',
            { policy_version_id: params.id, version: String(number) },
            fields,
          ),
        )
      },
    }),
    DELETE: route(discardPolicyVersion, {
      authenticate: key('manage'),
      handle: async ({ caller, params, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'policy_version', params.id)
        await discardDraft(tenant, id, (tx, { number }) =>
          audited(tx, tenant, caller, origin, 'policy.draft_discarded', {
            policy_version_id: params.id,
            version: String(number),
          }),
        )
      },
    }),
  },
  key('read'),
)
