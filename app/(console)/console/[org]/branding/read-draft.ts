import type { Theme } from '#lib/tenancy/schema'

const numbers = new Set([
  ...['text_base', 'weight_strong', 'radius_control', 'radius_card', 'radius_pill', 'border_width'],
  'logo_height',
])

const typed = (form: FormData, name: string): string | undefined => {
  const value = form.get(name)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** The fields below a prefix that somebody has filled in. */
function group(form: FormData, prefix: string): Record<string, string | number> {
  const found: Record<string, string | number> = {}
  for (const field of new Set(form.keys())) {
    if (!field.startsWith(prefix)) continue
    const name = field.slice(prefix.length)
    const value = typed(form, field)
    if (value !== undefined) found[name] = numbers.has(name) ? Number(value) : value
  }
  return found
}

/**
 * The draft that a form stands for, unchecked. What the form does not show stays: uploads of logos and icons, and texts
 * in other languages.
 */
export function readDraft(form: FormData, before: Theme): unknown {
  const locale = typed(form, 'texts_locale')
  const { logo_light, logo_dark, favicon } = before.look ?? {}
  const kept = {
    ...(logo_light && { logo_light }),
    ...(logo_dark && { logo_dark }),
    ...(favicon && { favicon }),
  }
  const links = Object.fromEntries(
    ['name', 'support_url', 'privacy_url', 'terms_url', 'contrast'].flatMap((name) => {
      const value = typed(form, name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  return {
    ...links,
    ...(form.get('hide_badge') === 'yes' && { hide_badge: true }),
    light: group(form, 'light.'),
    dark: group(form, 'dark.'),
    look: { ...group(form, 'look.'), ...kept },
    texts: { ...before.texts, ...(locale && { [locale]: group(form, 'text.') }) },
  }
}
