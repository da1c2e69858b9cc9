import { contract, pageOf, pageQuery } from '#lib/http'
import { placedStop, stop, stopFilter, stopInput } from '#lib/limits/schema'

export const placeStop = contract({
  operationId: 'placeStop',
  method: 'POST',
  path: '/api/v1/stops',
  tag: 'Stops',
  summary: 'Stop calls at once: of an agent, for a user, of a tool, a connector or an organization, or all',
  description:
    'From the moment that this answers no call starts that the stop holds for, in any process; those under way are ' +
    'told to end, and `in_flight` says how many have not. A write that the provider had already been sent ends as ' +
    '`outcome: unknown`. Refused calls get `account_paused` with the reason.',
  audit: 'stop.placed',
  status: 201,
  body: stopInput,
  output: placedStop,
  errors: ['not_found'],
})

export const listStops = contract({
  operationId: 'listStops',
  method: 'GET',
  path: '/api/v1/stops',
  tag: 'Stops',
  summary: 'List the stops of an organization or, without one, those that hold in all of them',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend(stopFilter.shape).strict(),
  output: pageOf(stop),
  errors: ['not_found'],
})
