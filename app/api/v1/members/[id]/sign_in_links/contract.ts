import { contract, idParam } from '#lib/http'
import { invited } from '../../invited.ts'

export const issueMemberLink = contract({
  operationId: 'issueMemberLink',
  method: 'POST',
  toldOnce: ['sign_in_url'],
  path: '/api/v1/members/{id}/sign_in_links',
  tag: 'Members',
  summary: 'Send a member another sign-in link',
  audit: 'member.sign_in_link_issued',
  status: 201,
  params: idParam,
  output: invited,
  errors: ['not_found', 'conflict'],
})
