import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { Invitation, LinkUsed } from '#components/portal/invitation'
import { noticeFor, StateNotice } from '#components/portal/notice'
import { toAppError } from '#lib/errors'
import { connect } from '#runtime'
import { Dressed } from '../../dressed.tsx'
import { refusal, wayHome } from '../../portal-page.tsx'
import { linkShellOf, portalMetadata, portalWords, shellOf } from '../../words.ts'

type Props = PageProps<'/c/[link]'>

export const generateMetadata = async ({ params }: Props): Promise<Metadata> => {
  const link = await linkShellOf((await params).link)
  return portalMetadata(
    link?.session ?? null,
    link?.kind === 'manage' ? 'mine.link_title' : 'catalogue.title',
  )
}

/** A hosted link. Looking at it consumes nothing, as previews of messages look too; only the button does. */
export default async function HostedLinkPage({ params }: Props) {
  const { link } = await params
  const known = await linkShellOf(link)
  const session = known?.session ?? null
  const [shell, t] = await Promise.all([session === null ? null : shellOf(session), portalWords(session)])
  return (
    <Dressed branding={shell?.branding ?? null} t={t}>
      {await content(link)}
    </Dressed>
  )
}

/** A link as they are made; one that was cut off on its way is told from one that is over. */
const whole = /^bhf_[a-z]+_[\w-]{43,64}$/

async function content(link: string): Promise<ReactNode> {
  const known = await linkShellOf(link)
  const t = await portalWords(known?.session ?? null)
  const texts = t.texts('states')
  if (!whole.test(link)) return <StateNotice state="session_invalid" texts={texts} />
  try {
    const { organization } = await connect.portalView(await connect.open(link))
    return (
      <Invitation
        organization={organization.name}
        manages={known?.kind === 'manage'}
        action={`/c/${encodeURIComponent(link)}/enter`}
        t={t}
      />
    )
  } catch (thrown) {
    if (noticeFor(toAppError(thrown)) !== 'session_used' || !known?.connected) {
      return refusal(thrown, t, await wayHome(known?.session ?? null))
    }
    return <LinkUsed connector={known.connected} done={`/connect/${known.session}/done`} texts={texts} />
  }
}
