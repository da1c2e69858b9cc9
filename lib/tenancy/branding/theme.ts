import { z } from 'zod'
import { locales } from '#lib/i18n/schema'
import { builtInFontNames } from './fonts.ts'
import { nameFault } from './names.ts'
import { colourTokens } from './palette.ts'

/** An uploaded file, by the SHA-256 of what we made of it. */
export const assetId = z.string().regex(/^[0-9a-f]{64}$/, 'must be the id of an uploaded asset')

const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #1a73e8')
const palette = z.strictObject(
  Object.fromEntries(colourTokens.map((token) => [token, colour.optional()])) as Record<
    (typeof colourTokens)[number],
    z.ZodOptional<typeof colour>
  >,
)

/** A page of the organization's own, that the portal links to. */
export const pageUrl = z
  .url({ protocol: /^https$/, hostname: /^[a-z0-9.-]+$/ })
  .max(500)
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null
    return (
      url?.username === '' &&
      url.password === '' &&
      /^https:\/\/[\x21-\x7e]+$/.test(text) &&
      !/[\\<>"'`]/.test(text)
    )
  }, 'must be a plain https address')

const font = z.union([z.enum(builtInFontNames), assetId], {
  error: 'must be a built-in font or the id of an uploaded one',
})
const px = (min: number, max: number) => z.number().int().min(min).max(max)

/** What `name` may be, wherever an organization is named by its branding. */
export const brandName = z
  .string()
  .min(1)
  .max(80)
  .superRefine((name, context) => {
    const fault = nameFault(name)
    if (fault !== null) context.addIssue({ code: 'custom', message: fault })
  })

export const themeLook = z.strictObject({
  scheme: z.enum(['auto', 'light', 'dark']).optional().describe('auto follows the device'),
  dir: z.enum(['auto', 'ltr', 'rtl']).optional().describe('auto follows the language'),
  motion: z.enum(['auto', 'none']).optional().describe('auto follows the device'),
  font_body: font.optional(),
  font_heading: font.optional(),
  font_mono: font.optional(),
  text_base: px(15, 20).optional().describe('Size of running text in px, before the reader’s own setting'),
  weight_strong: z.literal([500, 600, 700]).optional(),
  radius_control: px(0, 24).optional().describe('px'),
  radius_card: px(0, 32).optional().describe('px'),
  radius_pill: px(0, 999).optional().describe('px'),
  border_width: px(1, 3).optional().describe('px'),
  shadow: z.enum(['none', 'soft', 'strong']).optional(),
  density: z.enum(['compact', 'regular', 'roomy']).optional(),
  logo_light: assetId.optional().describe('Shown on light surfaces; an uploaded image'),
  logo_dark: assetId.optional().describe('Shown on dark surfaces; without it, logo_light'),
  logo_height: px(16, 64).optional().describe('px'),
  favicon: assetId.optional(),
})
export type ThemeLook = z.infer<typeof themeLook>

/** A text of the organization's own in place of ours: `namespace.key`. Which may be is for `textFaults` to say. */
const texts = z.partialRecord(
  z.enum(locales),
  z.record(
    z.string().regex(/^[a-z_]{1,40}\.[a-z0-9_]{1,80}$/, 'must be a key of a text'),
    z.string().max(400),
  ),
)

/**
 * How the portal looks for one organization: typed and closed values alone, never CSS, HTML or an address that a page
 * would load. What is left out is as the deployment has it.
 */
export const theme = z.strictObject({
  name: brandName.optional().describe('Stands above every screen; who asks stays the organization’s name'),
  support_url: pageUrl.optional(),
  privacy_url: pageUrl.optional(),
  terms_url: pageUrl.optional(),
  hide_badge: z.boolean().optional().describe('Leaves out the line that says who keeps the credentials'),
  contrast: z
    .enum(['repair', 'refuse'])
    .optional()
    .describe('repair moves colours until they can be read; refuse takes them as they are, or not at all'),
  light: palette.optional(),
  dark: palette.optional(),
  look: themeLook.optional(),
  texts: texts.optional(),
})
export type Theme = z.infer<typeof theme>

export const assetKind = z.enum(['logo', 'favicon', 'font'])
export type AssetKind = z.infer<typeof assetKind>

/** An upload, as JSON: the body of a request stays below its 1 MiB. */
export const assetInput = z.strictObject({
  kind: assetKind,
  name: z.string().min(1).max(60).optional().describe('For the list of uploads; shown to nobody else'),
  data: z
    .base64()
    .min(1)
    .max(960 * 1024)
    .describe(
      'The file in base64, 700 KiB at most: PNG, JPEG, GIF, WebP or SVG; for a font WOFF2, WOFF, TTF or OTF. Images are encoded anew.',
    ),
})

export const asset = z.object({
  id: assetId,
  kind: assetKind,
  name: z.string(),
  content_type: z.string(),
  url: z.string().describe('A path of this host; anybody may load it once it is published'),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  created_at: z.iso.datetime(),
})
export type Asset = z.infer<typeof asset>

/** A colour that repair moved: what was said, what is shown, and the least of its contrasts before and after. */
const repairedColour = z.object({
  colour: z.string(),
  from: z.string(),
  to: z.string(),
  ratio_from: z.number().nullable(),
  ratio_to: z.number().nullable(),
  ratio_min: z.number().nullable(),
})
export type RepairedColour = z.infer<typeof repairedColour>

export const brandingVersion = z.object({
  version: z.number().int(),
  theme,
  changed_fields: z.array(z.string()),
  restored_version: z.number().int().nullable().describe('The version that this one went back to'),
  published_by: z.object({ type: z.string(), id: z.string().nullable() }),
  published_at: z.iso.datetime(),
})
export type BrandingVersion = z.infer<typeof brandingVersion>

export const branding = z.object({
  draft: theme.describe('What publishing would show; the published theme until something is changed'),
  draft_saved_at: z.iso.datetime().nullable(),
  unpublished_fields: z.array(z.string()).describe('What the draft changes of the published theme'),
  contrast: z
    .object({ light: z.array(repairedColour), dark: z.array(repairedColour) })
    .describe('What repair moves in the draft'),
  published: brandingVersion.nullable(),
  versions: z.array(brandingVersion.omit({ theme: true })).describe('The last fifty, newest first'),
  assets: z.array(asset),
})
export type Branding = z.infer<typeof branding>
