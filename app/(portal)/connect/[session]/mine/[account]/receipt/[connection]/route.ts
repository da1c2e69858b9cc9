import { receiptFormat } from '#lib/consent/schema'
import { AppError } from '#lib/errors'
import { connect } from '#runtime'
import { asDownload } from '../../../../../../../receipt-download.ts'
import { portalRoute } from '../../../../../../portal-route.ts'
import { openFor } from '../../../mine-route.ts'

type Params = { session: string; account: string; connection: string }

/** The receipt of one consent, as a file for whoever gave it. */
export const GET = portalRoute<Params>(
  '/connect/[session]/mine/[account]/receipt/[connection]',
  'page',
  async ({ session, account, connection, request }) => {
    const open = await openFor(session, request)
    const asked = receiptFormat.safeParse(new URL(request.url).searchParams.get('format') ?? 'html')
    if (!asked.success) throw new AppError('invalid_request', { detail: 'There is no such format.' })
    return asDownload(await connect.receiptOfMine(open, account, connection, asked.data))
  },
)
