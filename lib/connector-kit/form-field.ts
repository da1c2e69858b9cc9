import { isIP } from 'node:net'
import type { FieldKind } from './schema.ts'

/** One thing that a person pastes. Its kind gives it its label, its shape and whether it is a secret. */
export type FormField = {
  /** As templates and the API name it. */
  name: string
  kind: FieldKind
  /** What it must match from end to end, where this provider's are narrower than its kind's. */
  pattern?: RegExp
  /** Where at the provider it is found: a sentence for people. */
  where?: string
  /** The provider's page that makes or shows it. */
  whereUrl?: string
  example?: string
}

/** What every field of a kind is; `longest` in characters. */
export const kindFacts: Readonly<Record<FieldKind, { secret: boolean; pattern: RegExp; longest: number }>> = {
  // As it goes into a header: RFC 9110 §5.5, without spaces.
  api_key: { secret: true, pattern: /[\x21-\x7e]+/, longest: 4_000 },
  api_token: { secret: true, pattern: /[\x21-\x7e]+/, longest: 4_000 },
  password: { secret: true, pattern: /[^\p{Cc}]+/u, longest: 1_000 },
  client_secret: { secret: true, pattern: /[\x21-\x7e]+/, longest: 4_000 },
  service_account: { secret: true, pattern: /\{[\s\S]+\}/, longest: 20_000 },
  // RFC 7617 §2: no colon in a user name.
  username: { secret: false, pattern: /[^\p{Cc}:]+/u, longest: 300 },
  email: { secret: false, pattern: /[^\s@:\p{Cc}]+@[^\s@:\p{Cc}]+\.[^\s@:\p{Cc}]+/u, longest: 300 },
  client_id: { secret: false, pattern: /[\x21-\x39\x3b-\x7e]+/, longest: 500 },
  subdomain: { secret: false, pattern: /[a-z0-9-]+/, longest: 63 },
}

/**
 * One label of a host name (RFC 1123 §2.1), which is all that a person may decide of an address: no dots, no `@`, no
 * slash, no punycode, nothing that could be another host or a number (THREATS.md B2, O3).
 */
export const isHostLabel = (text: string): boolean =>
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text) &&
  !/^..--/.test(text) &&
  !/^(0x[0-9a-f]*|\d+)$/.test(text)

/** The label in what a person pasted, which may be the whole address of their page; `null` for anything else. */
export function hostLabelIn(text: string, baseUrls: Readonly<Record<string, string>>): string | null {
  const given = text.trim().toLowerCase()
  if (isHostLabel(given)) return given
  const host = /^(?:https:\/\/)?([a-z0-9.-]+)(?:\/[^\\@]*)?$/.exec(given)?.[1]
  if (!host || isIP(host)) return null
  for (const base of Object.values(baseUrls)) {
    const [, suffix] = /^https:\/\/\{[a-z][a-z0-9_]*\}(\.[a-z0-9.-]+)/.exec(base) ?? []
    if (suffix && host.endsWith(suffix)) {
      const label = host.slice(0, -suffix.length)
      if (isHostLabel(label)) return label
    }
  }
  return null
}
