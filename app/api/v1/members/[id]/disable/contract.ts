import { contract, idParam } from '#lib/http'
import { consoleMember } from '#lib/identity/schema'

export const disableMember = contract({
  operationId: 'disableMember',
  method: 'POST',
  path: '/api/v1/members/{id}/disable',
  tag: 'Members',
  summary: 'Disable a member: their sessions and links end at once',
  audit: 'member.disabled',
  status: 200,
  params: idParam,
  output: consoleMember,
  errors: ['not_found', 'conflict'],
})
