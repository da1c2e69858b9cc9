const censored = '[redacted]'

// Keys are compared without case, `-` and `_`, so `Set-Cookie`, `set_cookie` and `setCookie` are one.
const secretKeys = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'verifier',
  'codeverifier',
  'devicecode',
  'usercode',
  'assertion',
  'clientassertion',
  'dpop',
  'apikey',
  'privatekey',
  'rootkey',
])
const secretSuffixes = ['token', 'secret', 'password', 'passphrase']

// Deeper than any log line of ours: beyond it nothing is trusted to be harmless.
const depthMax = 8

/** Each pattern keeps what tells the reader which secret it was, and drops the secret. */
const secretValues: readonly (readonly [RegExp, string])[] = [
  // Our own keys and session tokens; the prefix tells their kind.
  [/\b(bhf_[a-z]+_)[A-Za-z0-9_-]+/g, `$1${censored}`],
  // JWS has three parts, JWE five; `eyJ` is `{"` in base64url.
  [/\beyJ[\w-]+\.[\w-]*\.[\w-]*(?:\.[\w-]*){0,2}/g, `${censored} jwt`],
  [/\b(Bearer|DPoP)\s+[A-Za-z0-9._~+/=-]+/gi, `$1 ${censored}`],
  // At least one sign of base64, so that the words "basic authentication" stay readable.
  [/\b(Basic)\s+(?=[A-Za-z+/]*[A-Z0-9=])[A-Za-z0-9+/]+=*/g, `$1 ${censored}`],
  [/\b(gh[opsur]_|github_pat_|xox[a-z]-|ya29\.)[A-Za-z0-9_.-]{8,}/g, `$1${censored}`],
  [
    /\b((?:access_|refresh_|id_|session_)?token|(?:client_)?secret|password|code|code_verifier|device_code)=[^&\s"'<>\\]+/gi,
    `$1=${censored}`,
  ],
]

// Some part of every pattern above, so that the many strings without any cost one scan instead of six.
const hint = /bhf_|eyj|bearer|dpop|basic|gh[opsur]_|github_pat_|xox|ya29|=/i

/** Masks what looks like a credential in free text: our own tokens, JWTs, `Bearer …`, secret query parameters. */
export function redact(text: string): string {
  if (!hint.test(text)) return text
  return secretValues.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text)
}

/** Letters with what a key may have between them, wherever they stand in it: more than all secret keys, and quickly told. */
const keyHint = new RegExp(
  [...secretKeys, ...secretSuffixes, '"code'].map((name) => [...name].join('[-_]*')).join('|'),
  'i',
)

/** Whether a line has nothing that could have to be masked: no part of a secret's look, of its key, and little depth. */
function isPlain(line: string): boolean {
  if (line.includes('\\u') || hint.test(line) || keyHint.test(line)) return false
  let opened = 0
  for (let at = line.indexOf('{'); at >= 0; at = line.indexOf('{', at + 1)) opened++
  for (let at = line.indexOf('['); at >= 0; at = line.indexOf('[', at + 1)) opened++
  return opened <= depthMax
}

/** Masks one finished JSON log line: by key at any depth, and by look in every string. */
export function redactLine(line: string): string {
  // Most lines are a few ids and numbers.
  if (isPlain(line)) return line
  try {
    return `${JSON.stringify(scrub(JSON.parse(line), 0))}\n`
  } catch {
    return redact(line)
  }
}

function scrub(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > depthMax) return censored
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1))
  const isError = 'stack' in value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      redact(key),
      isSecret(key, item, isError) ? censored : scrub(item, depth + 1),
    ]),
  )
}

function isSecret(key: string, value: unknown, isError: boolean): boolean {
  // `has_token: true` is no secret.
  if (value === null || typeof value === 'boolean') return false
  const kind = kinds.get(key) ?? kindOf(key)
  return kind === 'code' ? !isErrorCode(value, isError) : kind === 'secret'
}

type KeyKind = 'secret' | 'code' | 'plain'

/** Every line has the same few keys. */
const kinds = new Map<string, KeyKind>()
const kindsMax = 1_000

function kindOf(key: string): KeyKind {
  const plain = key.toLowerCase().replace(/[-_]/g, '')
  const secret = secretKeys.has(plain) || secretSuffixes.some((suffix) => plain.endsWith(suffix))
  const kind = plain === 'code' ? 'code' : secret ? 'secret' : 'plain'
  if (kinds.size < kindsMax && key.length < 100) kinds.set(key, kind)
  return kind
}

/** `code` is an authorization code, unless it is an error's own (`P2002`, `23505`) or plain words (`not_found`). */
function isErrorCode(value: unknown, isError: boolean): boolean {
  if (typeof value !== 'string') return typeof value === 'number'
  return isError ? /^\w{1,48}$/.test(value) : /^(?:[a-z]+(?:_[a-z]+)*|[A-Z]+(?:_[A-Z]+)*)$/.test(value)
}
