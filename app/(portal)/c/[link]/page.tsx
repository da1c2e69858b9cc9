import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { Brand } from '#components/portal/brand'
import { Frame } from '#components/portal/frame'
import { ErrorNotice, Notice, noticeFor } from '#components/portal/notice'
import { Button } from '#components/ui/button'
import { toAppError } from '#lib/errors'
import { connect } from '#runtime'
import { nonceOf } from '../../flow.ts'

export const metadata: Metadata = { title: 'Connect your accounts', referrer: 'no-referrer' }

/** A hosted link. Looking at it consumes nothing, as previews of messages look too; only the button does. */
export default async function HostedLinkPage({ params }: PageProps<'/c/[link]'>) {
  const { link } = await params
  const [{ name, primary, content }, nonce] = await Promise.all([invitation(link), nonceOf()])
  return (
    <>
      <Brand primary={primary} nonce={nonce} />
      <Frame organization={name}>{content}</Frame>
    </>
  )
}

type Invitation = { name: string | null; primary: string | null; content: ReactNode }

async function invitation(link: string): Promise<Invitation> {
  try {
    const { organization } = await connect.portalView(await connect.open(link))
    const content = (
      <Notice mark="invited" title={`${organization.name} asks you to connect an account`}>
        <p>You will see exactly what it would be allowed to do, and can say no.</p>
        <form method="post" action={`/c/${encodeURIComponent(link)}/enter`} className="mt-4">
          <Button type="submit" size="large" className="w-full">
            Continue
          </Button>
        </form>
      </Notice>
    )
    return { ...organization, content }
  } catch (thrown) {
    const notice = noticeFor(toAppError(thrown))
    return { name: null, primary: null, content: <ErrorNotice notice={notice} /> }
  }
}
