import type { ReceiptFile } from '#lib/consent'

/**
 * A receipt as a file to save. It is never a page of this origin: its script is the reader's, to be run from their disk,
 * and where a browser shows it all the same it has no rights here.
 */
export const asDownload = ({ body, contentType, name }: ReceiptFile): Response =>
  new Response(body, {
    headers: {
      'content-type': contentType,
      'content-disposition': `attachment; filename="${name}"`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  })
