import { contract, pageOf, pageQuery } from '#lib/http'
import { scopeCeiling, scopeCeilingFilter, scopeCeilingInput } from '#lib/scopes/schema'

export const putScopeCeiling = contract({
  operationId: 'putScopeCeiling',
  method: 'PUT',
  path: '/api/v1/scope_ceilings',
  tag: 'Scope ceilings',
  summary: 'Set the most that people of a group may use at a connector',
  description:
    'One ceiling per group and connector. A user in several bound groups may use what any of them may; a user in none ' +
    'is under the ceiling without a group, where there is one. It holds from the next call on, whatever was consented to.',
  audit: 'scope_ceiling.changed',
  status: 200,
  body: scopeCeilingInput,
  output: scopeCeiling,
  errors: ['not_found'],
})

export const listScopeCeilings = contract({
  operationId: 'listScopeCeilings',
  method: 'GET',
  path: '/api/v1/scope_ceilings',
  tag: 'Scope ceilings',
  summary: 'List scope ceilings',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend(scopeCeilingFilter),
  output: pageOf(scopeCeiling),
  errors: ['not_found'],
})
