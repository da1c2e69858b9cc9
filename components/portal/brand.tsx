import type { ReactNode } from 'react'

type Picture = { src: string; widthPx: number }
type Logo = { light: Picture; dark: Picture; heightPx: number }

/**
 * Repaints the tokens for an organization and shows its icon. The sheet was made of checked values alone
 * (lib/tenancy/branding): no tenant's text becomes CSS.
 * @param nonce of the response's content security policy
 */
export const Brand = ({
  theme,
  nonce,
}: {
  theme: { sheet: string | null; favicon: string | null } | null
  nonce: string | undefined
}): ReactNode =>
  theme && (
    <>
      {theme.favicon && <link rel="icon" type="image/png" sizes="192x192" href={theme.favicon} />}
      {theme.sheet !== null && (
        <style nonce={nonce} suppressHydrationWarning>
          {theme.sheet}
        </style>
      )}
    </>
  )

/** An organization's logo where its initial would stand. @param name what it says to those who do not see it */
export const BrandLogo = ({ logo, name }: { logo: Logo; name: string }): ReactNode => (
  <div className="mb-4 flex min-w-0 items-center px-1">
    {(['light', 'dark'] as const).map((scheme) => (
      // biome-ignore lint/performance/noImgElement: our own file, encoded for this size already
      <img
        key={scheme}
        src={logo[scheme].src}
        width={logo[scheme].widthPx}
        height={logo.heightPx}
        alt={name}
        className={`bhf-logo bhf-logo-${scheme}`}
      />
    ))}
  </div>
)
