import { emit } from '#lib/events'
import { resource, route } from '#lib/http'
import { actorOf } from '#lib/identity'
import { liftStop as lift } from '#lib/limits'
import { resolveObject } from '#lib/tenancy'
import { audited, key } from '#runtime'
import { liftStop } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(liftStop, {
      authenticate: key('manage'),
      handle: async ({ caller, params, body, origin }) => {
        const { tenant, id } = await resolveObject(caller, 'stop', params.id)
        const by = { caller, actor: actorOf(caller) }
        return lift(tenant, id, body.reason ?? null, by, async (tx, stop) => {
          const { subject, lift_reason } = stop
          const about = {
            stop_id: stop.id,
            subject: subject.type,
            subject_id: subject.id,
            reason: lift_reason,
          }
          await audited(tx, tenant, caller, origin, 'stop.lifted', about)
          await emit(tx, tenant, 'stop.lifted', about)
        })
      },
    }),
  },
  key('manage'),
)
