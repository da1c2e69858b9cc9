import type { Metadata } from 'next'
import { Brand } from '#components/portal/brand'
import { Elsewhere } from '#components/portal/elsewhere'
import { Frame } from '#components/portal/frame'
import { nonceOf } from '../../flow.ts'
import { portalMetadata, portalWords } from '../../words.ts'

export const generateMetadata = (): Promise<Metadata> => portalMetadata(null, 'elsewhere.title')

/** What server.ts shows in place of an organization's session at the domain of another. */
export default async function ElsewherePage() {
  const [nonce, t] = await Promise.all([nonceOf(), portalWords(null)])
  return (
    <>
      <Brand theme={null} nonce={nonce} />
      <Frame organization={null} t={t}>
        <Elsewhere t={t} />
      </Frame>
    </>
  )
}
