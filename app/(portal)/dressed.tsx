import type { ReactNode } from 'react'
import { Brand, BrandLogo } from '#components/portal/brand'
import { Frame } from '#components/portal/frame'
import type { Translator } from '#lib/i18n/schema'
import type { PortalTheme } from '#lib/tenancy'
import { nonceOf } from './flow.ts'

/** A page of the portal in the look of the organization whose it is; `null` where that is not known. */
export async function Dressed({
  branding,
  t,
  children,
}: {
  branding: { name: string; theme: PortalTheme | null } | null
  t: Translator
  children: ReactNode
}) {
  const { name, theme } = branding ?? { name: null, theme: null }
  return (
    <>
      <Brand theme={theme} nonce={await nonceOf()} />
      <Frame
        organization={name}
        t={t}
        badge={!theme?.hideBadge}
        {...(theme?.logo && name !== null && { logo: <BrandLogo logo={theme.logo} name={name} /> })}
      >
        {children}
      </Frame>
    </>
  )
}
