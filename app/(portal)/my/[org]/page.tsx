import type { Metadata } from 'next'
import { Doorway } from '#components/portal/doorway'
import { StateNotice } from '#components/portal/notice'
import { translator } from '#lib/i18n'
import { connect } from '#runtime'
import { languageOf } from '../../../language.ts'
import { Dressed } from '../../dressed.tsx'

type Props = PageProps<'/my/[org]'>

const wordsHere = async () => translator((await languageOf()).locale)

export async function generateMetadata(): Promise<Metadata> {
  return { title: { absolute: (await wordsHere())('mine.my_title') }, referrer: 'no-referrer' }
}

/** A link that a receipt may carry for years: it opens nothing, and says where to go. */
export default async function MyPage({ params, searchParams }: Props) {
  const [{ org }, { sent }] = await Promise.all([params, searchParams])
  const [door, t] = await Promise.all([connect.doorway(org), wordsHere()])
  return (
    <Dressed branding={door?.branding ?? null} t={t}>
      {door ? (
        <Doorway
          t={t}
          organization={door.branding.name}
          manageUrl={door.manageUrl}
          mailTo={door.mails ? `/my/${org}/send` : null}
          sent={sent !== undefined}
        />
      ) : (
        <StateNotice state="not_found" texts={t.texts('states')} />
      )}
    </Dressed>
  )
}
