import { textOn } from './contrast.ts'

const hexColour = /^#[0-9a-fA-F]{6}$/

/**
 * Repaints the tokens for an organization. Only a checked colour gets into the sheet: no tenant's text becomes CSS.
 * @param nonce of the response's content security policy
 */
export function Brand({ primary, nonce }: { primary: string | null; nonce: string | undefined }) {
  if (primary === null || !hexColour.test(primary)) return null
  return (
    <style nonce={nonce} suppressHydrationWarning>
      {`:root{--bhf-primary:${primary};--bhf-primary-fg:${textOn(primary)}}`}
    </style>
  )
}
