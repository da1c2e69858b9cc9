import sharp from 'sharp'
import { refused } from './refused.ts'

/** What was made of an upload: never the bytes that came. */
export type Image = { bytes: Buffer; contentType: 'image/webp' | 'image/png'; width: number; height: number }

// Enough for the tallest logo on a display of four pixels to the point.
const logoWidthMax = 1024
const logoHeightMax = 256
const faviconSide = 192
/** Pixels that an upload may claim, before any of them is decoded: a bomb is refused by its header. */
const pixelsMax = 16_000_000
const bytesOutMax = 400 * 1024
const svgBytesMax = 256 * 1024

const ascii = (bytes: Buffer, from: number, to: number) => bytes.toString('latin1', from, to)

type Format = 'png' | 'jpeg' | 'gif' | 'webp' | 'svg'

/** By its first bytes alone: what the sender calls it is not asked. */
function formatOf(bytes: Buffer): Format | null {
  if (ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') return 'png'
  if (ascii(bytes, 0, 3) === '\xff\xd8\xff') return 'jpeg'
  if (/^GIF8[79]a$/.test(ascii(bytes, 0, 6))) return 'gif'
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP') return 'webp'
  return /^(\xef\xbb\xbf)?\s*<(\?xml|svg|!--|!DOCTYPE\s+svg)[\s>-]/i.test(ascii(bytes, 0, 200)) ? 'svg' : null
}

/** The document type that drawing programs write, without anything declared in it. */
const plainDoctype = /<!DOCTYPE\s+svg(\s+PUBLIC\s+"[^"<>]*"(\s+"[^"<>]*")?)?\s*>/i

/**
 * An SVG that draws and does nothing else. It is rasterised here and never sent on, by a renderer that loads nothing;
 * what asks for more than drawing is refused all the same, so that nobody wonders why it is missing.
 */
function plainSvg(bytes: Buffer): Buffer {
  if (bytes.length > svgBytesMax) throw refused('data', `may be ${svgBytesMax / 1024} KiB at most as an SVG`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refused('data', 'is an SVG that is not UTF-8')
  }
  const declared = /^<\?xml[^>]*encoding\s*=\s*["']([^"']*)["']/i.exec(text)?.[1]
  if (declared && !/^utf-?8$/i.test(declared)) throw refused('data', 'is an SVG that is not UTF-8')
  const plain = text.replace(plainDoctype, '')
  if (/<!(DOCTYPE|ENTITY|ELEMENT|ATTLIST)/i.test(plain))
    throw refused('data', 'is an SVG that declares entities')
  if (/<\?(?!xml\s)/i.test(plain)) throw refused('data', 'is an SVG with processing instructions')
  if (
    /<\s*([\w.-]+:)?(script|foreignObject|iframe|embed|object|audio|video|handler|set|animate\w*)\b/i.test(
      plain,
    )
  )
    throw refused('data', 'is an SVG that does more than draw')
  if (/\son[a-z]+\s*=/i.test(plain)) throw refused('data', 'is an SVG that handles events')
  for (const [, , href = ''] of plain.matchAll(/\b(?:xlink:)?(href|src)\s*=\s*["']([^"']*)["']/gi))
    if (!/^(#|data:image\/(png|jpeg|webp);base64,)/i.test(href.trim()))
      throw refused('data', 'is an SVG that refers to something outside itself')
  for (const [, address = ''] of plain.matchAll(/url\(\s*["']?([^)"']*)/gi))
    if (!address.trim().startsWith('#'))
      throw refused('data', 'is an SVG that refers to something outside itself')
  if (/@import/i.test(plain)) throw refused('data', 'is an SVG that refers to something outside itself')
  return Buffer.from(plain)
}

/**
 * Decodes an image and encodes it anew, so that nothing but its pixels is kept.
 * @param data PNG, JPEG, GIF (first frame), WebP or SVG
 * @throws AppError `invalid_request` for what is none of these, is broken, or claims too many pixels
 */
export async function imageFrom(data: Buffer, kind: 'logo' | 'favicon'): Promise<Image> {
  const format = formatOf(data)
  if (format === null) throw refused('data', 'is no PNG, JPEG, GIF, WebP or SVG')
  const source = format === 'svg' ? plainSvg(data) : data
  const options = { limitInputPixels: pixelsMax, failOn: 'error', pages: 1 } as const
  try {
    const { width, height, format: found } = await sharp(source, options).metadata()
    if (found !== format) throw refused('data', `begins as ${format} and is ${found}`)
    if (!width || !height || width * height > pixelsMax) throw refused('data', 'has too many pixels, or none')
    // Drawn as large as it will be shown; a screen of it stays below the limit of pixels.
    const wanted = kind === 'logo' ? logoHeightMax : faviconSide
    const density = format === 'svg' ? Math.min(2400, Math.max(72, (72 * wanted) / height)) : 72
    const drawn = sharp(source, { ...options, ...(format === 'svg' && { density }) })
      .rotate()
      .toColourspace('srgb')
    const made =
      kind === 'logo'
        ? drawn
            .resize({
              width: logoWidthMax,
              height: logoHeightMax,
              fit: 'inside',
              withoutEnlargement: format !== 'svg',
            })
            .webp({ nearLossless: true, quality: 80 })
        : drawn
            .resize({ width: faviconSide, height: faviconSide, fit: 'contain', background: '#00000000' })
            .png({ compressionLevel: 9, palette: true })
    const { data: bytes, info } = await made.timeout({ seconds: 10 }).toBuffer({ resolveWithObject: true })
    if (bytes.length > bytesOutMax) throw refused('data', 'is too detailed for a logo')
    return {
      bytes,
      contentType: kind === 'logo' ? 'image/webp' : 'image/png',
      width: info.width,
      height: info.height,
    }
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'AppError') throw thrown
    throw refused('data', 'cannot be read as an image', thrown)
  }
}
