import { type Receipt, receipt as receiptSchema, receiptType, sealType } from './fields.ts'
import {
  canonicalBytes,
  checkJws,
  firstDifference,
  isNamedRightly,
  type Jwk,
  type Jws,
  sha256Hex,
  splitJws,
} from './jws.ts'
import { lineHashes } from './render-html.ts'
import { renderJson } from './render-json.ts'

export type Report = {
  kind: 'jws' | 'json' | 'html'
  /** The receipt, where its signature fits; what is in it may be relied on only with no `problems`. */
  receipt: Receipt | null
  kid: string | null
  /** What was changed, in sentences; empty for a file that is exactly as it was given out. */
  problems: string[]
  /** Whether the issuer publishes the key; `null` where nobody was asked. */
  published: boolean | null
}

const short = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 117)}…` : text
}

/**
 * Checks a receipt in any of its forms, byte by byte, and names what was changed.
 * @param published keys that the issuer publishes, had from elsewhere than the file; without them a receipt may be whole
 *   and still be anybody's
 */
export async function verifyReceipt(bytes: Buffer, published: readonly Jwk[] | null): Promise<Report> {
  const text = bytes.toString('latin1')
  const kind = /application\/jose|<html|<!doctype/i.test(text)
    ? 'html'
    : /"(protected|payload|signature|decoded)"/.test(text)
      ? 'json'
      : 'jws'
  const report: Report = { kind, receipt: null, kid: null, problems: [], published: null }
  if (kind === 'html') await verifyHtml(bytes, report, published)
  else if (kind === 'json') await verifyJson(bytes, report, published)
  else await verifyCompact(text, report, published)
  return report
}

/** The keys in a file, beside those that were had elsewhere: a key that is not named rightly is no key. */
async function keysOf(carried: unknown, report: Report, published: readonly Jwk[] | null): Promise<Jwk[]> {
  const given = Array.isArray(carried) ? (carried as Jwk[]) : []
  const good: Jwk[] = []
  for (const jwk of [...given, ...(published ?? [])]) {
    if (typeof jwk === 'object' && jwk && (await isNamedRightly(jwk))) good.push(jwk)
    else
      report.problems.push(
        'key altered: a public key in the file does not have the fingerprint it is named by',
      )
  }
  return good
}

async function verifySigned(
  jws: Jws,
  keys: readonly Jwk[],
  report: Report,
  published: readonly Jwk[] | null,
): Promise<void> {
  const checked = await checkJws(jws, receiptType, keys)
  if (!checked.ok) {
    report.problems.push(
      checked.part === 'key' ? `key unknown: ${checked.why}` : `${checked.part} altered: ${checked.why}`,
    )
    return
  }
  const receipt = receiptSchema.safeParse(checked.value)
  if (!receipt.success) {
    report.problems.push('what was signed is no receipt of this kind')
    return
  }
  report.receipt = receipt.data
  report.kid = checked.kid
  if (receipt.data.consent_text_sha256 !== sha256Hex(receipt.data.consent_text))
    report.problems.push('the exact words do not have the hash that was signed')
  notePublished(checked.kid, report, published)
}

function notePublished(kid: string, report: Report, published: readonly Jwk[] | null): void {
  if (published === null) return
  const known = published.some((jwk) => jwk.kid === kid)
  report.published = known && report.published !== false
}

async function verifyCompact(text: string, report: Report, published: readonly Jwk[] | null): Promise<void> {
  const jws = splitJws(text.replace(/\n$/, ''))
  if (!jws) {
    report.problems.push(
      'this is no receipt: not a JWS of three parts, not a JSON file and not a page of ours',
    )
    return
  }
  if (published === null) {
    report.problems.push('a bare JWS carries no key: give the published keys')
    return
  }
  await verifySigned(jws, await keysOf([], report, published), report, published)
}

async function verifyJson(bytes: Buffer, report: Report, published: readonly Jwk[] | null): Promise<void> {
  const text = bytes.toString('latin1')
  const part = (name: string) => new RegExp(`"${name}": "([^"\\n]*)"`).exec(text)?.[1]
  const jws = { protected: part('protected'), payload: part('payload'), signature: part('signature') }
  const missing = (['protected', 'payload', 'signature'] as const).find((name) => !jws[name])
  if (missing) {
    report.problems.push(`the member "${missing}" is not where it should be`)
    return
  }
  const file = parsedOrNull(bytes)
  const carried = file?.public_jwk
  const keys = await keysOf(carried === undefined ? [] : [carried], report, published)
  await verifySigned(jws as Jws, keys, report, published)
  const key = keys.find(({ kid }) => kid === report.kid)
  if (!report.receipt || !key) {
    const repaired = file && (await repair(jws as Jws, file, keys))
    if (repaired) report.problems.push(repaired)
    return
  }
  const wanted = Buffer.from(renderJson(`${jws.protected}.${jws.payload}.${jws.signature}`, key))
  if (wanted.equals(bytes)) return
  const difference = file && firstDifference(file, JSON.parse(wanted.toString()), 'file')
  if (difference) {
    report.problems.push(
      `the file differs from what was signed at ${difference.path}: ${short(difference.found)} instead of ${short(difference.signed)}`,
    )
  } else report.problems.push(lineThatDiffers(bytes, wanted))
}

type JsonFile = { public_jwk?: unknown; decoded?: { receipt?: unknown } }

function parsedOrNull(bytes: Buffer): JsonFile | null {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as JsonFile
  } catch {
    return null
  }
}

/** Where the copy in plain JSON is still what was signed, it says what the payload was changed from. */
async function repair(jws: Jws, file: JsonFile, keys: readonly Jwk[]): Promise<string | null> {
  const copy = Buffer.from(canonicalBytes(file.decoded?.receipt))
  const restored = { ...jws, payload: copy.toString('base64url') }
  if (restored.payload === jws.payload || !(await checkJws(restored, receiptType, keys)).ok) return null
  let found: unknown
  try {
    found = JSON.parse(Buffer.from(jws.payload, 'base64url').toString())
  } catch {
    return 'the decoded copy beside the payload is still what was signed'
  }
  const at = firstDifference(found, file.decoded?.receipt, 'receipt')
  return at && `the payload says ${short(at.found)} at ${at.path}, where ${short(at.signed)} was signed`
}

function lineThatDiffers(found: Buffer, wanted: Buffer): string {
  const [a, b] = [found, wanted].map((bytes) => bytes.toString().split('\n'))
  const at = b?.findIndex((line, index) => line !== a?.[index]) ?? -1
  if (at < 0) return `the file goes on after its end, at line ${b?.length}`
  return `line ${at + 1} was changed: ${short(a?.[at]?.trim())} instead of ${short(b?.[at]?.trim())}`
}

async function verifyHtml(bytes: Buffer, report: Report, published: readonly Jwk[] | null): Promise<void> {
  const text = bytes.toString('latin1')
  const found = /^<script type="application\/jose" id="jws">([^<\n]*)<\/script>$/m.exec(text)?.[1]
  const keyLine = /^<script type="application\/json" id="keys">([^<\n]*)<\/script>$/m.exec(text)?.[1]
  const carried = keyLine === undefined ? null : parsedOrNull(Buffer.from(keyLine, 'latin1'))
  if (!carried) report.problems.push('keys altered: the line with the keys cannot be read')
  const keys = await keysOf((carried as { keys?: unknown } | null)?.keys, report, published)
  const jws = found === undefined ? null : splitJws(found)
  if (jws) await verifySigned(jws, keys, report, published)
  else report.problems.push('receipt altered: the line with the signed receipt cannot be read')
  await verifySeal(bytes, keys, report, published)
}

async function verifySeal(
  bytes: Buffer,
  keys: readonly Jwk[],
  report: Report,
  published: readonly Jwk[] | null,
): Promise<void> {
  const start = bytes.lastIndexOf('\n', bytes.length - 2) + 1
  const line = bytes.subarray(start).toString('latin1')
  const jws = splitJws(/^<!-- seal ([\w.-]+) -->\n$/.exec(line)?.[1] ?? '')
  if (!jws) {
    report.problems.push('seal altered: the last line is not the seal that every page ends with')
    return
  }
  const seal = await checkJws(jws, sealType, keys)
  if (!seal.ok) {
    report.problems.push(`seal altered (the last line): ${seal.part}: ${seal.why}`)
    return
  }
  notePublished(seal.kid, report, published)
  const sealed = seal.value as { receipt: string; sha256: string; lines: string[] }
  const above = bytes.subarray(0, start)
  if (report.receipt && sealed.receipt !== report.receipt.jti)
    report.problems.push('the seal is that of another receipt')
  if (sha256Hex(above) === sealed.sha256) return
  const lines = lineHashes(above)
  const at = sealed.lines.findIndex((hash, index) => hash !== lines[index])
  const shown = above.toString().split('\n')[at]
  report.problems.push(
    at < 0
      ? 'lines were added before the seal'
      : `the page was changed in line ${at + 1} of ${sealed.lines.length}: ${short(shown?.trim())}`,
  )
}
