import { contract, idParam } from '#lib/http'
import { consoleMember } from '#lib/identity/schema'

export const enableMember = contract({
  operationId: 'enableMember',
  method: 'POST',
  path: '/api/v1/members/{id}/enable',
  tag: 'Members',
  summary: 'Enable a member again',
  audit: 'member.enabled',
  status: 200,
  params: idParam,
  output: consoleMember,
  errors: ['not_found', 'conflict'],
})
