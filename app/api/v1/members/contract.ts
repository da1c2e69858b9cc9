import { contract, pageOf, pageQuery } from '#lib/http'
import { consoleMember, memberInput } from '#lib/identity/schema'
import { externalId } from '#lib/tenancy/schema'
import { invited } from './invited.ts'

export const inviteMember = contract({
  operationId: 'inviteMember',
  method: 'POST',
  toldOnce: ['sign_in_url'],
  path: '/api/v1/members',
  tag: 'Members',
  summary: 'Make somebody a member of the console and send them a sign-in link',
  audit: 'member.invited',
  status: 201,
  body: memberInput.extend({
    org_id: externalId.optional().describe('Without it they become an operator of the deployment'),
  }),
  output: invited,
  errors: ['not_found', 'conflict'],
})

export const listMembers = contract({
  operationId: 'listMembers',
  method: 'GET',
  path: '/api/v1/members',
  tag: 'Members',
  summary: 'List members of the console',
  audit: { none: 'a read' },
  status: 200,
  query: pageQuery.extend({ org_id: externalId.optional() }),
  output: pageOf(consoleMember),
  errors: ['not_found'],
})
