import { create } from 'fontkit'
import { refused } from './refused.ts'

export type FontUpload = {
  bytes: Buffer
  contentType: 'font/woff2' | 'font/woff' | 'font/ttf' | 'font/otf'
  family: string
  weights: [number, number]
}

/** What all tables of a font may come to, unpacked: a compressed bomb is refused by its directory. */
const unpackedBytesMax = 12 * 1024 * 1024
const tablesMax = 64

const contentTypes: Readonly<Record<string, FontUpload['contentType']>> = {
  wOF2: 'font/woff2',
  wOFF: 'font/woff',
  '\0\x01\0\0': 'font/ttf',
  true: 'font/ttf',
  OTTO: 'font/otf',
}

/** A number in groups of seven bits. @see W3C WOFF 2.0 §4.1, UIntBase128 */
function base128(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0
  for (let n = 0; n < 5; n++) {
    const byte = bytes.readUInt8(at + n)
    if (n === 0 && byte === 0x80) break
    value = value * 128 + (byte & 0x7f)
    if ((byte & 0x80) === 0) return { value, next: at + n + 1 }
  }
  throw new Error('a number of the directory is malformed')
}

/**
 * How large the tables say that they are, and where the file ends by its own account: what stands behind that is
 * another file's.
 * @see OpenType "Table directory", W3C WOFF 1.0 §4, WOFF 2.0 §4
 */
function extentOf(bytes: Buffer, type: FontUpload['contentType']): { unpacked: number; end: number } {
  const tables = bytes.readUInt16BE(type === 'font/woff' || type === 'font/woff2' ? 12 : 4)
  if (tables === 0 || tables > tablesMax) throw new Error('has no tables, or too many')
  if (type === 'font/woff2') {
    let at = 48
    let unpacked = 0
    for (let n = 0; n < tables; n++) {
      const flags = bytes.readUInt8(at++)
      const tag = flags & 0x3f
      if (tag === 0x3f) at += 4
      const length = base128(bytes, at)
      at = length.next
      // glyf and loca are transformed unless they say 3; any other table is where it says anything but 0.
      const version = flags >> 6
      const transformed = tag === 10 || tag === 11 ? version !== 3 : version !== 0
      const packed = transformed ? base128(bytes, at) : length
      if (transformed) at = packed.next
      unpacked += Math.max(length.value, packed.value)
    }
    if (bytes.readUInt32BE(44) !== 0) throw new Error('carries private data')
    return { unpacked, end: bytes.readUInt32BE(8) }
  }
  let unpacked = 0
  let end = 0
  for (let n = 0; n < tables; n++) {
    const at = type === 'font/woff' ? 44 + n * 20 : 12 + n * 16
    const [offset, length] = [
      bytes.readUInt32BE(at + (type === 'font/woff' ? 4 : 8)),
      bytes.readUInt32BE(at + (type === 'font/woff' ? 8 : 12)),
    ]
    unpacked += type === 'font/woff' ? bytes.readUInt32BE(at + 12) : length
    end = Math.max(end, offset + length)
  }
  if (type === 'font/woff') {
    if (bytes.readUInt32BE(40) !== 0) throw new Error('carries private data')
    return { unpacked, end: bytes.readUInt32BE(8) }
  }
  return { unpacked, end: Math.ceil(end / 4) * 4 }
}

/**
 * A font that is really one: its tables are within the file, nothing stands behind them, and it draws letters.
 * @param data WOFF2, WOFF, TrueType or OpenType
 * @throws AppError `invalid_request`
 */
export function fontFrom(data: Buffer): FontUpload {
  const contentType = contentTypes[data.toString('latin1', 0, 4)]
  if (!contentType) throw refused('data', 'is no WOFF2, WOFF, TTF or OTF font')
  try {
    const { unpacked, end } = extentOf(data, contentType)
    if (unpacked > unpackedBytesMax) throw new Error('unpacks to more than a font should')
    if (end > data.length || end < data.length - 3) throw new Error('is not as long as it says')
    const font = create(data)
    if (!('glyphForCodePoint' in font)) throw new Error('is a collection')
    if (
      font.numGlyphs < 2 ||
      !font.hasGlyphForCodePoint(0x61) ||
      font.glyphForCodePoint(0x61).advanceWidth <= 0
    )
      throw new Error('draws no letters')
    // Outlines are read too: a table that is junk inside shows here.
    if (font.glyphForCodePoint(0x61).path.commands.length === 0) throw new Error('draws no letters')
    const axis = font.variationAxes.wght
    const single = (font['OS/2'] as { usWeightClass?: number } | undefined)?.usWeightClass ?? 400
    const between = (weight: number) => Math.min(1000, Math.max(1, Math.round(weight)))
    return {
      bytes: data,
      contentType,
      family: cleanName(font.familyName),
      weights: axis ? [between(axis.min), between(axis.max)] : [between(single), between(single)],
    }
  } catch (thrown) {
    throw refused('data', 'is not a whole, valid font', thrown)
  }
}

/** What a font calls itself, for the list of uploads alone: it never gets into a sheet. */
const cleanName = (name: unknown): string =>
  String(name ?? '')
    .replace(/[^\p{L}\p{N} ._-]/gu, '')
    .slice(0, 60)
    .trim() || 'Font'
