import { receiptFile } from '#lib/connect'
import { resource, route } from '#lib/http'
import { resolveObject } from '#lib/tenancy'
import { key } from '#runtime'
import { asDownload } from '../../../../../receipt-download.ts'
import { getReceipt } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    GET: route(getReceipt, {
      authenticate: key('read'),
      handle: async ({ caller, params, query }) => {
        const { tenant, id } = await resolveObject(caller, 'connection', params.id)
        return asDownload(await receiptFile(tenant, id, query.format))
      },
    }),
  },
  key('read'),
)
