import { receiptFile } from '#lib/connect'
import { receiptFormat } from '#lib/consent/schema'
import { AppError } from '#lib/errors'
import { traced } from '#lib/http'
import { parseId } from '#lib/ids'
import { asDownload } from '../../../../../receipt-download.ts'
import { requireOrg } from '../../../session.ts'

type Context = { params: Promise<{ org: string; connection: string }> }

/** The receipt of a consent as a file, for an admin of its org. */
export async function GET(request: Request, { params }: Context): Promise<Response> {
  const { org, connection } = await params
  const { tenant } = await requireOrg(org, 'receipts.read')
  return traced(request, '/console/[org]/receipts/[connection]', async () => {
    const id = parseId('connection', connection)
    const format = receiptFormat.safeParse(new URL(request.url).searchParams.get('format') ?? 'html')
    if (id === null || !format.success) throw new AppError('not_found')
    return asDownload(await receiptFile(tenant, id, format.data))
  })
}
