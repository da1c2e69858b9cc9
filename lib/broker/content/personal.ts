import { createHmac } from 'node:crypto'
import { isIP } from 'node:net'
import { parsePhoneNumberFromString } from 'libphonenumber-js'
import { mapStrings } from './walk.ts'

// Personal data that a policy wants masked. A marker is the same for the same value within one organization, so that a
// model can tell people apart without knowing them; it is keyed, so that numbers cannot be guessed back out of it.

/** Kinds of personal data that can be masked. */
export const maskKinds = ['email', 'phone', 'iban', 'card', 'ip'] as const
export type MaskKind = (typeof maskKinds)[number]

type Mark = (kind: MaskKind, value: string) => string
type Masker = (text: string, mark: Mark, key: string | null) => string

/** The sign as it is, in full width, and as URLs, HTML and JSON write it. */
const at = /@|\uff20|%40|&#64;|&#x40;|&commat;|\\u0040/iu
const emails = new RegExp(
  `[\\p{L}\\p{N}._%+'-]{1,64}(?:${at.source})(?:[\\p{L}\\p{N}-]{1,63}\\.){1,8}\\p{L}{2,63}`,
  'giu',
)
const email: Masker = (text, mark) =>
  at.test(text)
    ? text.replaceAll(emails, (found) => mark('email', found.replace(at, '@').toLowerCase()))
    : text

/** Fields in which a number needs no country code to be one. */
const phoneField = /phone|mobile|telephone|^tel$|^fax$|msisdn|whatsapp/i
/** The library takes a while over each: after that many of one answer, whatever looks like a number is one. */
const phonesCheckedMax = 100
function phoneMasker(): Masker {
  const numbers = new Map<string, string | null>()
  const numberOf = (found: string): string | null => {
    const known = numbers.get(found)
    if (known !== undefined) return known
    const digits = found.replaceAll(/[^\d+]/g, '')
    if (numbers.size >= phonesCheckedMax) return digits
    const parsed = parsePhoneNumberFromString(found)
    const number = parsed?.isPossible() ? parsed.number : null
    numbers.set(found, number)
    return number
  }
  return (text, mark, key) => {
    if (key !== null && phoneField.test(key) && (text.match(/\d/g)?.length ?? 0) >= 6)
      return mark('phone', text.replaceAll(/[^\d+]/g, ''))
    if (!/[+＋]/.test(text)) return text
    return text.replaceAll(phones, (found) => {
      const number = numberOf(found)
      return number === null ? found : mark('phone', number)
    })
  }
}
const phones = /(?<![\p{L}\p{N}])[+＋](?:[ ().\u00a0-]{0,2}\d){7,15}(?!\d)/gu

// ISO 13616: how long an IBAN of each country is.
const ibanLengths: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((one) => [one.slice(0, 2), Number(one.slice(2))]),
)
const ibans = /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,32}/giu
const iban: Masker = (text, mark) =>
  text.replaceAll(ibans, (found) => {
    const length = ibanLengths.get(found.slice(0, 2).toUpperCase())
    if (length === undefined) return found
    // What follows may be a word and not part of it.
    let end = 0
    for (let signs = 0; signs < length; end++) {
      const sign = found[end]
      if (sign === undefined) return found
      if (/[A-Z0-9]/i.test(sign)) signs++
    }
    const plain = found.slice(0, end).replaceAll(/[ -]/g, '').toUpperCase()
    return isIban(plain) ? mark('iban', plain) + found.slice(end) : found
  })
const isIban = (plain: string): boolean => {
  let rest = 0
  for (const sign of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(sign, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

const cards = /(?<![\p{L}\p{N}])[2-6](?:[ -]?\d){12,18}(?![\p{L}\p{N}])/gu
const card: Masker = (text, mark) =>
  text.replaceAll(cards, (found) => {
    const digits = found.replaceAll(/[ -]/g, '')
    return isLuhn(digits) ? mark('card', digits) : found
  })
function isLuhn(digits: string): boolean {
  let sum = 0
  for (const [at, digit] of [...digits].reverse().entries()) {
    const twice = Number(digit) * (at % 2 === 1 ? 2 : 1)
    sum += twice > 9 ? twice - 9 : twice
  }
  return sum % 10 === 0
}

const ips = /(?<![\p{L}\p{N}:.])[0-9a-f:.]{3,45}(?![\p{L}\p{N}])/giu
const ip: Masker = (text, mark) =>
  text.replaceAll(ips, (found) => {
    const plain = found.replace(/[.:]$/, '')
    return isIP(plain) ? mark('ip', plain.toLowerCase()) + found.slice(plain.length) : found
  })

// The longer first: an IBAN holds what looks like a card, and a card what looks like a phone number.
const maskers = (): Readonly<Record<MaskKind, Masker>> => ({ email, iban, card, phone: phoneMasker(), ip })

export const isMaskKind = (kind: string): kind is MaskKind => (maskKinds as readonly string[]).includes(kind)

/**
 * Masks personal data in a JSON value.
 * @param key what the markers are keyed by
 * @returns the value, and how many of each kind were masked
 */
export function maskPersonal(
  value: unknown,
  kinds: readonly MaskKind[],
  key: string,
): { value: unknown; masked: Partial<Record<MaskKind, number>> } {
  const masked: Partial<Record<MaskKind, number>> = {}
  const mark: Mark = (kind, plain) => {
    masked[kind] = (masked[kind] ?? 0) + 1
    return `[${kind}:${createHmac('sha256', key).update(`${kind}\0${plain}`).digest('hex').slice(0, 8)}]`
  }
  const wanted = Object.entries(maskers()).filter(([kind]) => (kinds as readonly string[]).includes(kind))
  const change = (text: string, field: string | null) =>
    wanted.reduce((clean, [, masker]) => masker(clean, mark, field), text)
  // A number that would be masked as a text is: a card, or what its field says is a phone number.
  const number = (digits: number, field: string | null) => {
    const text = String(digits)
    const changed = Number.isSafeInteger(digits) && digits >= 100_000 ? change(text, field) : text
    return changed === text ? digits : changed
  }
  return { value: mapStrings(value, change, number), masked }
}
