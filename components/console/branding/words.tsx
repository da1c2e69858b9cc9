/** What each colour is for, in the order of the editor. */
export const colourWords: Readonly<Record<string, string>> = {
  primary: 'Brand colour',
  primary_fg: 'Text on the brand colour',
  link: 'Links',
  accent: 'Highlights',
  page_bg: 'Page',
  bg: 'Background',
  fg: 'Text',
  card: 'Card',
  card_fg: 'Text on the card',
  muted: 'Quiet surfaces',
  muted_fg: 'Quiet text',
  border: 'Lines',
  input: 'Edges of fields',
  ring: 'Keyboard focus',
  danger: 'Danger',
  danger_fg: 'Text on danger',
  warning: 'Warning',
  warning_fg: 'Text on warning',
  success: 'Success',
  success_fg: 'Text on success',
  info: 'Information',
  info_fg: 'Text on information',
  risk_read: 'Risk: reads',
  risk_write: 'Risk: changes',
  risk_send: 'Risk: sends',
  risk_admin: 'Risk: deletes or administers',
}

export const fontWords: Readonly<Record<string, string>> = {
  system: 'The device’s own',
  humanist: 'Humanist',
  geometric: 'Geometric',
  grotesque: 'Grotesque',
  rounded: 'Rounded',
  serif: 'Serif',
  old_style: 'Old style',
  mono: 'Monospaced',
}

const lookWords: Readonly<Record<string, string>> = {
  font_body: 'text font',
  font_heading: 'heading font',
  font_mono: 'code font',
  text_base: 'text size',
  weight_strong: 'weight of strong text',
  radius_control: 'corners of buttons',
  radius_card: 'corners of cards',
  radius_pill: 'corners of badges',
  border_width: 'width of lines',
  shadow: 'shadow',
  density: 'spacing',
  logo_light: 'logo on light',
  logo_dark: 'logo on dark',
  logo_height: 'height of the logo',
  favicon: 'icon',
  scheme: 'light or dark',
  dir: 'direction',
  motion: 'motion',
}

const others: Readonly<Record<string, string>> = {
  name: 'name',
  support_url: 'help address',
  privacy_url: 'privacy address',
  terms_url: 'terms address',
  hide_badge: 'line about Behalf',
  contrast: 'contrast repair',
}

/** A changed field as people call it. */
export function fieldWords(path: string): string {
  const [first = '', second = '', ...rest] = path.split('.')
  if (first === 'light' || first === 'dark')
    return `${(colourWords[second] ?? second).toLowerCase()} (${first})`
  if (first === 'look') return lookWords[second] ?? second
  if (first === 'texts') return `text ${rest.join('.')} (${second})`
  return others[first] ?? path
}

/** Fields in one line; beyond a handful they are counted. */
export const fieldsInWords = (paths: readonly string[]): string =>
  paths.length === 0
    ? 'nothing'
    : `${paths.slice(0, 6).map(fieldWords).join(', ')}${paths.length > 6 ? ` and ${paths.length - 6} more` : ''}`
