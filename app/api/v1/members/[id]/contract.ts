import { contract, idParam } from '#lib/http'
import { consoleMember, memberPatch } from '#lib/identity/schema'

export const getMember = contract({
  operationId: 'getMember',
  method: 'GET',
  path: '/api/v1/members/{id}',
  tag: 'Members',
  summary: 'Read a member of the console',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: consoleMember,
  errors: ['not_found'],
})

export const changeMember = contract({
  operationId: 'changeMember',
  method: 'PATCH',
  path: '/api/v1/members/{id}',
  tag: 'Members',
  summary: 'Give a member another role; their sessions end',
  audit: 'member.role_changed',
  status: 200,
  params: idParam,
  body: memberPatch,
  output: consoleMember,
  errors: ['not_found', 'conflict'],
})
