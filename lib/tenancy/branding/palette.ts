/** The colours that a theme may set, each `#rrggbb`; on screen they are `--bhf-` and the name with dashes. */
export const colourTokens = [
  ...(['bg', 'page_bg', 'fg', 'card', 'card_fg', 'muted', 'muted_fg', 'accent'] as const),
  ...(['primary', 'primary_fg', 'link', 'border', 'input', 'ring'] as const),
  ...(['danger', 'danger_fg', 'warning', 'warning_fg', 'success', 'success_fg', 'info', 'info_fg'] as const),
  ...(['risk_read', 'risk_write', 'risk_send', 'risk_admin'] as const),
] as const
export type ColourToken = (typeof colourTokens)[number]
export type Palette = Readonly<Record<ColourToken, string>>
/** What of a palette a theme says itself. */
export type GivenPalette = { readonly [Token in ColourToken]?: string | undefined }

export const colourSchemes = ['light', 'dark'] as const
export type ColourScheme = (typeof colourSchemes)[number]

/** What stands where a theme says nothing; a test holds it against app/globals.css. */
export const defaultPalettes: Readonly<Record<ColourScheme, Palette>> = {
  light: {
    bg: '#f6f7f9',
    page_bg: '#f6f7f9',
    fg: '#151922',
    card: '#ffffff',
    card_fg: '#151922',
    muted: '#eef0f4',
    muted_fg: '#565e6d',
    accent: '#eceefc',
    primary: '#3040c4',
    primary_fg: '#ffffff',
    link: '#2b3bb8',
    border: '#e1e4ea',
    input: '#868e9c',
    ring: '#3f51dd',
    danger: '#b42318',
    danger_fg: '#ffffff',
    warning: '#8a5800',
    warning_fg: '#ffffff',
    success: '#14713d',
    success_fg: '#ffffff',
    info: '#2060ad',
    info_fg: '#ffffff',
    risk_read: '#2f6690',
    risk_write: '#8a5800',
    risk_send: '#743aa8',
    risk_admin: '#b42318',
  },
  dark: {
    bg: '#0d0f14',
    page_bg: '#0d0f14',
    fg: '#e9ebf0',
    card: '#15181f',
    card_fg: '#e9ebf0',
    muted: '#1f232c',
    muted_fg: '#a1a9b8',
    accent: '#1e2240',
    primary: '#98a4ff',
    primary_fg: '#0d1030',
    link: '#a9b3ff',
    border: '#292e39',
    input: '#6c7586',
    ring: '#98a4ff',
    danger: '#ff9389',
    danger_fg: '#330805',
    warning: '#efb74a',
    warning_fg: '#2a1c00',
    success: '#63d093',
    success_fg: '#04230f',
    info: '#8abaff',
    info_fg: '#071a33',
    risk_read: '#8fc3e8',
    risk_write: '#efb74a',
    risk_send: '#d0a8ff',
    risk_admin: '#ff9389',
  },
}
