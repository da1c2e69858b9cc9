import { resource, route } from '#lib/http'
import { actorOf } from '#lib/identity'
import { liftStop as lift } from '#lib/limits'
import { resolveObject } from '#lib/tenancy'
import { key, stopTold } from '#runtime'
import { liftStop } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(liftStop, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'stop', params.id)
        const by = { caller, actor: actorOf(caller) }
        const record = stopTold(tenant, caller, origin, 'stop.lifted')
        return lift(tenant, id, body.reason ?? null, by, record)
      },
    }),
  },
  key('manage'),
)
