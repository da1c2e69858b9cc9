import type { Metadata } from 'next'
import { portalMetadata } from '../../../../words.ts'
import { MinePage } from '../mine-page.tsx'

type Props = PageProps<'/connect/[session]/mine/[account]'>

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  portalMetadata((await params).session, 'mine.details')

/** One account: what was done with it, and everything that its owner agreed to. */
export default async function MineAccountPage({ params, searchParams }: Props) {
  const { session, account } = await params
  return <MinePage session={session} path={[account]} searchParams={searchParams} />
}
