import type { Metadata } from 'next'
import { PortalPage } from '../../portal-page.tsx'
import { portalMetadata, portalWords, shellOf } from '../../words.ts'
import { Entry } from './entry.tsx'
import { showMine } from './mine/actions.tsx'
import { MineEntry } from './mine/mine-entry.tsx'

type Props = PageProps<'/connect/[session]'>

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  portalMetadata((await params).session, 'catalogue.title')

/** Where a link leads, framed or not; the token is in the fragment, so that this side never sees it. */
export default async function EntryPage({ params }: Props) {
  const { session } = await params
  const [shell, t] = await Promise.all([shellOf(session), portalWords(session)])
  const texts = { entry: t.texts('entry'), states: t.texts('states'), catalogue: t.texts('catalogue') }
  return (
    <PortalPage session={session}>
      {shell?.kind === 'manage' ? (
        <MineEntry session={session} embedOrigins={shell.frameAncestors} texts={texts} show={showMine} />
      ) : (
        <Entry session={session} embedOrigins={shell?.frameAncestors ?? []} texts={texts} />
      )}
    </PortalPage>
  )
}
