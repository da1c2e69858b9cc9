import { config } from '#lib/config'
import { buildOpenApi } from '#lib/http'
import { contracts } from './contracts.ts'

export const dynamic = 'force-dynamic'

let document: object | undefined

/** The API's description is public: it holds nothing of a tenant. */
export function GET(): Response {
  document ??= buildOpenApi(contracts, { publicUrl: config().publicUrl, version: '1' })
  return Response.json(document)
}
