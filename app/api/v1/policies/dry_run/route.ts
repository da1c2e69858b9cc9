import { AppError } from '#lib/errors'
import { resource, route } from '#lib/http'
import { parseId } from '#lib/ids'
import { dryRun } from '#lib/policy'
import { tenantFrom } from '#lib/tenancy'
import { key } from '#runtime'
import { dryRunPolicies } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(dryRunPolicies, {
      authenticate: key('read'),
      handle: async ({ caller, body }) => {
        const tenant = await tenantFrom(caller, body.org_id)
        const version = body.version_id === undefined ? null : parseId('policy_version', body.version_id)
        if (body.version_id !== undefined && version === null) throw new AppError('not_found')
        const { facts, ...decided } = await dryRun(tenant, body.call, version)
        return { ...decided, facts: { ...facts } }
      },
    }),
  },
  key('read'),
)
