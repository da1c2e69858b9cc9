import type { Metadata } from 'next'
import { portalMetadata } from '../../../words.ts'
import { MinePage } from './mine-page.tsx'

type Props = PageProps<'/connect/[session]/mine'>

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  portalMetadata((await params).session, 'mine.title')

/** Which agents may use which of the person's accounts. Looking at it uses nothing up. */
export default async function MineListPage({ params, searchParams }: Props) {
  const { session } = await params
  return <MinePage session={session} path={[]} searchParams={searchParams} />
}
