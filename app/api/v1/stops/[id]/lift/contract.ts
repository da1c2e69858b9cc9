import { contract, idParam } from '#lib/http'
import { liftInput, stop } from '#lib/limits/schema'

export const liftStop = contract({
  operationId: 'liftStop',
  method: 'POST',
  path: '/api/v1/stops/{id}/lift',
  tag: 'Stops',
  summary: 'End a stop; calls may be made again from the next one on',
  audit: 'stop.lifted',
  status: 200,
  params: idParam,
  body: liftInput,
  output: stop,
  errors: ['not_found', 'conflict', 'forbidden'],
})
