import { domainToUnicode } from 'node:url'
import { errors } from 'oidc-provider'
import { z } from 'zod'
import { allScopes, words } from '../scopes.ts'

// What a client that registers itself may say of itself. All of it is attacker-controlled: what it cannot be checked
// against is shown as its own word, and what could pass for somebody else is refused.

const { InvalidClientMetadata, InvalidRedirectUri } = errors

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])
/**
 * Schemes that browsers and systems have a meaning for already: they run code, read files, or start what was never meant to
 * take an answer. Everything of Microsoft's `ms-` family is one of those.
 */
const knownSchemes = new Set([
  ...[
    'http',
    'https',
    'ws',
    'wss',
    'ftp',
    'ftps',
    'sftp',
    'ssh',
    'telnet',
    'smb',
    'nfs',
    'afp',
    'cifs',
    'dav',
    'davs',
    'vnc',
    'jnlp',
    'ldap',
    'ldaps',
    'rdp',
  ],
  ...['javascript', 'livescript', 'mocha', 'vbscript', 'data', 'blob', 'about', 'file', 'filesystem', 'jar'],
  ...[
    'view-source',
    'view',
    'resource',
    'res',
    'mhtml',
    'chrome',
    'chrome-extension',
    'moz-extension',
    'edge',
  ],
  ...[
    'safari-extension',
    'safari-web-extension',
    'devtools',
    'intent',
    'android-app',
    'content',
    'shell',
    'hcp',
  ],
  ...[
    'search-ms',
    'search',
    'microsoft-edge',
    'vnd',
    'x-apple',
    'x-help-script',
    'x-man-page',
    'applescript',
    'help',
    'itms-services',
  ],
  ...[
    'itms',
    'itms-apps',
    'market',
    'mailto',
    'tel',
    'callto',
    'sms',
    'smsto',
    'mms',
    'sip',
    'sips',
    'xmpp',
    'irc',
  ],
  ...[
    'news',
    'nntp',
    'gopher',
    'git',
    'svn',
    'magnet',
    'bitcoin',
    'urn',
    'cid',
    'mid',
    'tag',
    'geo',
    'maps',
    'feed',
  ],
  ...['webcal', 'rtsp', 'facetime', 'facetime-audio', 'steam', 'zoommtg', 'wyciwyg', 'feedback', 'openid'],
])

/**
 * Whether a scheme can be an app's own. A domain name turned around would be somebody's (RFC 8252 §7.1); the MCP clients
 * that people have call theirs `cursor` or `vscode`, so that is no condition: PKCE protects the code, and people are told
 * that any program could be waiting for it.
 */
const isPrivateUse = (protocol: string): boolean => {
  const scheme = protocol.slice(0, -1)
  const shaped = /^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/.test(scheme) && scheme.length >= 3 && scheme.length <= 100
  return shaped && !knownSchemes.has(scheme) && !/^(ms|x-apple)[.-]/.test(scheme)
}

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'
const grantTypes = ['authorization_code', 'refresh_token', deviceCode]

/** Scripts that are written together; Latin letters stand beside any one other that does not look like it. */
const together = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]
const likeLatin = ['Cyrillic', 'Greek', 'Armenian', 'Cherokee', 'Coptic', 'Lisu', 'Deseret', 'Georgian']
const beside = [
  ...[
    'Arabic',
    'Bengali',
    'Devanagari',
    'Ethiopic',
    'Gujarati',
    'Gurmukhi',
    'Hebrew',
    'Kannada',
    'Khmer',
    'Lao',
  ],
  ...['Malayalam', 'Myanmar', 'Oriya', 'Sinhala', 'Tamil', 'Telugu', 'Thai', 'Tibetan'],
]
const scripts = [...new Set([...together.flat(), ...likeLatin, ...beside])].map(
  (name) => [name, new RegExp(`^\\p{Script=${name}}`, 'u')] as const,
)

/** Whether letters of several scripts stand in one word, so that some may stand for others (UTS #39 §5). */
export function mixesScripts(text: string): boolean {
  const found = new Set<string>()
  for (const letter of text) {
    if (!/^\p{L}/u.test(letter)) continue
    const script = scripts.find(([, is]) => is.test(letter))?.[0] ?? 'another'
    if (/^\p{Script=Common}/u.test(letter)) continue
    found.add(script)
  }
  if (found.size <= 1) return false
  if (together.some((set) => [...found].every((script) => set.includes(script)))) return false
  return !(
    found.size === 2 &&
    found.has('Latin') &&
    [...found].every((s) => s === 'Latin' || beside.includes(s))
  )
}

/** Letters of other scripts that cannot be told from Latin ones, where a whole word is made of them. */
const confusable = /^[асеорхуіјѕһԁԛԝвкмнтзАВЕКМНОРСТХУІЈЅοαρτυνκικηΑΒΕΖΗΙΚΜΝΟΡΤΥΧ\d\s.\-_]+$/u

const disguised = (text: string): boolean =>
  mixesScripts(text) || (/[^\p{ASCII}]/u.test(text) && confusable.test(text))

function assertHost(url: URL, what: string): void {
  const shown = domainToUnicode(url.hostname)
  if (url.hostname.includes('xn--') && (shown === '' || shown.split('.').some(disguised)))
    throw new InvalidClientMetadata(`${what} has a host whose letters pass for others`)
}

/** @throws InvalidRedirectUri for where no answer may go (RFC 8252 §7, RFC 9700 §2.1) */
export function assertRedirectUri(uri: string): void {
  const refuse = (why: string): void => {
    throw new InvalidRedirectUri(`redirect_uris: ${why}`)
  }
  const url = uri.length <= 2_000 && /^[\x21-\x7e]+$/.test(uri) ? URL.parse(uri) : null
  if (!url) throw new InvalidRedirectUri('redirect_uris: one is not an absolute URI')
  if (/[\\*]/.test(uri)) refuse('one has a wildcard or a backslash')
  if (uri.includes('#')) refuse('one has a fragment')
  if (url.username !== '' || url.password !== '' || /^[a-z]+:\/\/[^/?]*@/i.test(uri))
    refuse('one has credentials')
  if (url.protocol === 'https:') {
    if (url.hostname.includes('xn--') && domainToUnicode(url.hostname).split('.').some(disguised))
      refuse('one has a host whose letters pass for others')
    return
  }
  if (url.protocol === 'http:') {
    if (!loopback.has(url.hostname)) refuse('http is for loopback addresses only')
    return
  }
  if (!isPrivateUse(url.protocol)) refuse('one has a scheme that is not taken')
}

/** Whether answers go to the person's own machine, where any program could be waiting for them. */
export const isLocalRedirect = (uri: string): boolean => {
  const url = URL.parse(uri)
  return url?.protocol !== 'https:' || loopback.has(url.hostname)
}

function httpsUri(value: unknown, what: string): string {
  const url = typeof value === 'string' && value.length <= 2_000 ? URL.parse(value) : null
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
    throw new InvalidClientMetadata(`${what} must be an https URL`)
  assertHost(url, what)
  return url.href
}

function shownName(value: unknown): string {
  const name = typeof value === 'string' ? value.trim() : ''
  if (name === '' || name.length > 100)
    throw new InvalidClientMetadata('client_name must have 1 to 100 characters')
  if (/[\p{C}\u2028\u2029]/u.test(name))
    throw new InvalidClientMetadata('client_name has characters that are not shown')
  if (name.split(/\s+/).some(disguised))
    throw new InvalidClientMetadata('client_name has letters of one script that pass for those of another')
  return name
}

const publicKey = z
  .looseObject({ kty: z.enum(['EC', 'RSA', 'OKP', 'AKP']), d: z.undefined().optional() })
  // The database keeps no NUL.
  .refine((key) => !JSON.stringify(key).includes('\\u0000'))
const keySet = z.strictObject({ keys: z.array(publicKey).min(1).max(20) })

const list = (value: unknown, what: string): string[] => {
  const parsed = z.array(z.string().max(2_000)).min(1).max(20).safeParse(value)
  if (!parsed.success) throw new InvalidClientMetadata(`${what} must be an array of 1 to 20 strings`)
  return parsed.data
}

type Given = Readonly<Record<string, unknown>>

/**
 * The metadata as it is kept: what is not known is left out, what is not permitted is refused.
 * @param kind a document of the client's own has no shared secret
 * @throws InvalidClientMetadata, InvalidRedirectUri (RFC 7591 §3.2.2)
 */
export function acceptedMetadata(given: Given, kind: 'dcr' | 'cimd'): Record<string, unknown> {
  const asked =
    given.grant_types === undefined ? grantTypes.slice(0, 2) : list(given.grant_types, 'grant_types')
  const grants = asked.filter((type) => grantTypes.includes(type))
  if (!grants.some((type) => type !== 'refresh_token'))
    throw new InvalidClientMetadata('grant_types: a client that registers itself acts for a person')
  const withCode = grants.includes('authorization_code')
  if (given.response_types !== undefined && list(given.response_types, 'response_types').join() !== 'code')
    throw new InvalidClientMetadata('response_types: code is the only one')
  const redirectUris =
    withCode || given.redirect_uris !== undefined ? list(given.redirect_uris, 'redirect_uris') : []
  for (const uri of redirectUris) assertRedirectUri(uri)
  const scopes =
    typeof given.scope === 'string' ? words(given.scope).filter((one) => allScopes.includes(one)) : []
  const native =
    redirectUris.length > 0 &&
    (redirectUris.every(isLocalRedirect) || redirectUris.some((uri) => !/^https?:/i.test(uri)))
  return {
    client_name: given.client_name === undefined ? 'Unnamed client' : shownName(given.client_name),
    redirect_uris: redirectUris,
    grant_types: grants,
    response_types: withCode ? ['code'] : [],
    application_type: native ? 'native' : 'web',
    authorization_details_types: ['behalf_tool_call'],
    ...authentication(given, kind),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(given.dpop_bound_access_tokens === true && { dpop_bound_access_tokens: true }),
    ...Object.fromEntries(
      (['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const)
        .filter((name) => given[name] !== undefined)
        .map((name) => [name, httpsUri(given[name], name)]),
    ),
  }
}

/** A client without a secret is the usual one (RFC 9700 §2.1.1: PKCE is what protects its codes). */
function authentication(given: Given, kind: 'dcr' | 'cimd'): Record<string, unknown> {
  const method = given.token_endpoint_auth_method ?? 'none'
  if (method === 'none') return { token_endpoint_auth_method: method }
  if (method === 'private_key_jwt') {
    const byUri = given.jwks_uri !== undefined
    if (byUri === (given.jwks !== undefined)) throw new InvalidClientMetadata('jwks or jwks_uri, one of them')
    if (byUri) return { token_endpoint_auth_method: method, jwks_uri: httpsUri(given.jwks_uri, 'jwks_uri') }
    const keys = keySet.safeParse(given.jwks)
    if (!keys.success) throw new InvalidClientMetadata('jwks: public keys, and no others')
    return { token_endpoint_auth_method: method, jwks: keys.data }
  }
  const withSecret = kind === 'dcr' && (method === 'client_secret_basic' || method === 'client_secret_post')
  if (!withSecret) throw new InvalidClientMetadata('token_endpoint_auth_method is not one that is taken here')
  return { token_endpoint_auth_method: method }
}
