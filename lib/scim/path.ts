import { ScimError } from './error.ts'
import { type Filter, parseFilter, plainName } from './filter.ts'
import { type Attribute, attributeOf } from './shape.ts'

/** What an operation is about; `sub` of each value that `filter` picks, where there are either. */
export type Path = { attribute: Attribute; filter: Filter | null; sub: Attribute | null }

/** RFC 7643 §4.1 has these as well, which Behalf has no use for: what is said of them is let go. */
const letGo: ReadonlySet<string> = new Set([
  ...['nickname', 'profileurl', 'title', 'usertype', 'preferredlanguage', 'locale', 'timezone', 'password'],
  ...['phonenumbers', 'ims', 'photos', 'addresses', 'entitlements', 'roles', 'x509certificates'],
  ...['name.middlename', 'name.honorificprefix', 'name.honorificsuffix', 'emails.display'],
])

const invalidPath = (text: string) =>
  new ScimError(400, 'invalidPath', `There is no attribute ${text.slice(0, 100)}.`)

/**
 * Reads where an operation goes (RFC 7644 §3.5.2).
 * @returns `null` for what is not kept: another schema's attribute, or one of the core schema without a use here
 * @throws ScimError `invalidPath` or `invalidFilter`
 */
export function readPath(attributes: readonly Attribute[], text: string): Path | null {
  if (text.length > 1_000) throw invalidPath(text)
  const match = /^([^[\]]+)(?:\[([\s\S]*)\](?:\.([\w$-]+))?)?$/.exec(text.trim())
  const whole = plainName(match?.[1] ?? '')
  if (!match || whole === '') throw invalidPath(text)
  if (whole.startsWith('urn:') || letGo.has(whole)) return null
  const [name = '', dotted, more] = whole.split('.')
  if (letGo.has(name)) return null
  const attribute = attributeOf(attributes, name)
  const subName = match[3] ?? dotted
  if (!attribute || more !== undefined || (match[3] !== undefined && dotted !== undefined))
    throw invalidPath(text)
  const filter = match[2] === undefined ? null : parseFilter(match[2])
  if (filter !== null && !attribute.multiValued) throw invalidPath(text)
  if (subName === undefined) return { attribute, filter, sub: null }
  if (letGo.has(`${name}.${subName.toLowerCase()}`)) return null
  const sub = attribute.subAttributes?.find((one) => one.name.toLowerCase() === subName.toLowerCase())
  if (!sub) throw invalidPath(text)
  return { attribute, filter, sub }
}
