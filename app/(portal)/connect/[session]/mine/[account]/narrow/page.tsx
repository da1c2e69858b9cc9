import type { Metadata } from 'next'
import { portalMetadata } from '../../../../../words.ts'
import { MinePage } from '../../mine-page.tsx'

type Props = PageProps<'/connect/[session]/mine/[account]/narrow'>

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  portalMetadata((await params).session, 'mine.limit_title')

/** Takes back a part of what an account may be used for. */
export default async function MineNarrowPage({ params, searchParams }: Props) {
  const { session, account } = await params
  return <MinePage session={session} path={[account, 'narrow']} searchParams={searchParams} />
}
