import { contract, idParam } from '#lib/http'
import { consoleMember } from '#lib/identity/schema'

export const endMemberSessions = contract({
  operationId: 'endMemberSessions',
  method: 'POST',
  path: '/api/v1/members/{id}/end_sessions',
  tag: 'Members',
  summary: 'Sign a member out everywhere',
  audit: 'member.sessions_ended',
  status: 200,
  params: idParam,
  output: consoleMember,
  errors: ['not_found', 'conflict'],
})
