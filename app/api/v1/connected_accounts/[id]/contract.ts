import { z } from 'zod'
import { connectedAccount } from '#lib/consent/schema'
import { contract, idParam } from '#lib/http'

export const getConnectedAccount = contract({
  operationId: 'getConnectedAccount',
  method: 'GET',
  path: '/api/v1/connected_accounts/{id}',
  tag: 'Connected accounts',
  summary: 'Read a connected account with its current connection, never a credential',
  audit: { none: 'a read' },
  status: 200,
  params: idParam,
  output: connectedAccount,
  errors: ['not_found'],
})

export const deleteConnectedAccount = contract({
  operationId: 'deleteConnectedAccount',
  method: 'DELETE',
  path: '/api/v1/connected_accounts/{id}',
  tag: 'Connected accounts',
  summary: 'Revoke, destroy the credential and take the account out of sight',
  audit: 'connected_account.deleted',
  status: 204,
  params: idParam,
  output: z.void(),
  errors: ['not_found'],
})
