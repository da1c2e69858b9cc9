import { receiptFile } from '#lib/connect'
import { receiptFormat } from '#lib/consent/schema'
import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { asDownload } from '../../../../../receipt-download.ts'
import { openHere } from '../../../../flow.ts'
import { portalRoute } from '../../../../portal-route.ts'

/** The receipt as a file, for the browser that finished the flow. */
export const GET = portalRoute<{ session: string }>(
  '/connect/[session]/receipt/file',
  'page',
  async ({ session, request }) => {
    const here = await openHere(session)
    if (!here) throw new AppError('session_expired', { detail: 'This browser has not opened the link.' })
    const receipt = await connect.sessionReceipt(here.open, here.flow)
    if (receipt.state !== 'issued') throw new AppError('not_found', { detail: 'There is no receipt yet.' })
    const asked = receiptFormat.safeParse(new URL(request.url).searchParams.get('format') ?? 'html')
    if (!asked.success) throw new AppError('invalid_request', { detail: 'There is no such format.' })
    return asDownload(await receiptFile(here.open.tenant, receipt.connectionId, asked.data))
  },
)
