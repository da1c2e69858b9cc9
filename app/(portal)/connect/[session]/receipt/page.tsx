import type { ReactNode } from 'react'
import { Notice } from '#components/portal/notice'
import { Receipt } from '#components/portal/receipt'
import type { Translator } from '#lib/i18n/schema'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../portal-page.tsx'
import { portalMetadata } from '../../../words.ts'

export async function generateMetadata({ params }: PageProps<'/connect/[session]/receipt'>) {
  return portalMetadata((await params).session, 'receipt.page_title')
}

/** What was allowed, to read and to keep. */
export default async function ReceiptPage({ params }: PageProps<'/connect/[session]/receipt'>) {
  const { session } = await params
  const content = await inSession(session, async ({ open, flow, t }) =>
    shown(session, t, await connect.sessionReceipt(open, flow)),
  )
  return <PortalPage session={session}>{content}</PortalPage>
}

function shown(
  session: string,
  t: Translator,
  receipt: Awaited<ReturnType<typeof connect.sessionReceipt>>,
): ReactNode {
  if (receipt.state === 'issued') {
    return (
      <Receipt
        words={receipt.words}
        language={receipt.language}
        text={receipt.text}
        file={`/connect/${session}/receipt/file`}
        t={t}
      />
    )
  }
  const { organization } = receipt
  return receipt.state === 'waiting' ? (
    <Notice mark="waiting" title={t('receipt.page_wait_title')}>
      <p>{t('receipt.page_wait_body', { organization })}</p>
      <p className="text-fg">{t('receipt.page_wait_next')}</p>
    </Notice>
  ) : (
    <Notice mark="stopped" title={t('receipt.page_none_title')}>
      <p>{t('receipt.page_none_body')}</p>
      <p className="text-fg">{t('receipt.page_none_next')}</p>
    </Notice>
  )
}
