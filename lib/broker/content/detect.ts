import { mapStrings, stringsOf } from './walk.ts'

// Secrets that are not ours, such as a key in a file that a tool read: by the detectors of secretlint, which know the
// shapes that vendors give their keys. They cost about a millisecond to set going, so that only an answer in which one
// of their beginnings stands is given to them at all.

/** How a secret that the detectors know begins, or what stands in it; a test holds it against them. */
const hint = new RegExp(
  [
    'gh[pousr]_|github_pat_|x-oauth-basic|xox[abpor]-|xapp-|hooks\\.slack\\.com|(?:A3T|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]',
    '[Ss](?:ecret|ECRET)_?[Aa](?:ccess|CCESS)_?[Kk](?:ey|EY)|PRIVATE KEY|://[^\\s"/@]{1,600}@|_authToken=|npm_[A-Za-z0-9]|SG\\.\\w',
    'shp(?:pa|ca|at|ss)_|sk-(?:proj|svcacct|admin|ant)|T3BlbkFJ|[sr]k_(?:live|test)_|gsk_|hf_[A-Za-z]|lin_api_|ntn_|glpat-',
    'glc_|glsa_|ops_ey|hv[sbr]\\.|vc[piark]_|dapi[A-Fa-f0-9]|dckr_pat_|figd_|cf(?:k|ut|at)_|tskey-',
  ].join('|'),
)

/** More text than this is not looked through: what may hold a secret and was not looked at is withheld. */
const scannedCharsMax = 512 * 1024
/** Between two texts, so that no detector reads over the end of one. */
const between = '\n\n'
const withheld = '[withheld: too long to look for secrets in]'

type Found = { from: number; to: number; kind: string }

let linter: Promise<(text: string) => Promise<Found[]>> | undefined

/** The detectors, loaded when they are needed first. */
async function load(): Promise<(text: string) => Promise<Found[]>> {
  const [{ lintSource }, { creator }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
  ])
  const id = '@secretlint/secretlint-rule-preset-recommend'
  const options = { config: { rules: [{ id, rule: creator, options: {} }] }, noPhysicFilePath: true }
  return async (text) => {
    // A text must not say of itself that it is not to be looked at.
    const content = text.replaceAll('secretlint-', 'secretlint_')
    const source = { filePath: 'answer.txt', ext: '.txt', contentType: 'text', content } as const
    const { messages } = await lintSource({ source, options })
    return messages
      .filter(({ messageId }) => messageId !== 'AWSAccountID')
      .map(({ range: [from, to], messageId }) => ({ from, to, kind: messageId.toLowerCase() }))
      .sort((one, other) => one.from - other.from)
  }
}

/** Puts a marker in place of each range; ranges that overlap are one. */
function cut(text: string, at: number, found: readonly Found[]): string {
  let clean = ''
  let done = 0
  for (const { from, to, kind } of found) {
    const [begin, end] = [Math.max(from - at, done), Math.min(to - at, text.length)]
    if (end <= begin) continue
    clean += `${text.slice(done, begin)}[redacted:${kind}]`
    done = end
  }
  return clean + text.slice(done)
}

/** Whether a text may hold a secret of others: fast, and never wrong where it says no. */
export const mayHoldSecret = (text: string): boolean => hint.test(text)

/**
 * Takes the secrets of others out of a JSON value.
 * @param json the same as JSON text
 */
export async function redactOthers(value: unknown, json: string): Promise<unknown> {
  if (!mayHoldSecret(json)) return value
  const suspects = new Set<string>()
  const long = new Set<string>()
  let chars = 0
  for (const text of stringsOf(value)) {
    if (suspects.has(text) || !mayHoldSecret(text)) continue
    chars += text.length
    if (chars > scannedCharsMax) long.add(text)
    else suspects.add(text)
  }
  linter ??= load()
  const find = await linter
  const found = await find([...suspects].join(between))
  const clean = new Map<string, string>([...long].map((text) => [text, withheld]))
  let at = 0
  for (const text of suspects) {
    const end = at + text.length
    const own = found.filter(({ from, to }) => from < end && to > at)
    if (own.length > 0) clean.set(text, cut(text, at, own))
    at = end + between.length
  }
  return clean.size === 0 ? value : mapStrings(value, (text) => clean.get(text) ?? text)
}
