import { readFile } from 'node:fs/promises'
import { keysPath, type Report, verifyReceipt as verify } from '#lib/consent'
import { jwks, type PublicJwk } from '#lib/signing/schema'
import { type Command, readArgs, UsageError } from './command.ts'

export const verifyReceipt: Command = {
  name: 'verify-receipt',
  usage: 'FILE [--keys FILE | --url ORIGIN]',
  summary:
    'checks a consent receipt (page, JSON or JWS): signature, every byte, and that its key is one of those in a saved ' +
    'JWKS file or published at an origin; names what was changed and exits with 1',
  async run(args, { print }) {
    const { options, rest } = readArgs(args, ['keys', 'url'], 1)
    if (options.keys !== undefined && options.url !== undefined)
      throw new UsageError('take --keys or --url, not both')
    const file = rest[0] ?? ''
    const published = await publishedKeys(options)
    const report = await verify(await readFile(file), published?.keys ?? null)
    for (const line of told(file, report, published?.from ?? null)) print(line)
    return report.problems.length === 0 && report.published === true ? 0 : 1
  },
}

type Published = { keys: PublicJwk[]; from: string }

/** @throws Error with one readable line when the keys cannot be had: then nothing can be said about whose they are */
async function publishedKeys({ keys, url }: { keys?: string; url?: string }): Promise<Published | null> {
  if (keys !== undefined) return { keys: parsed(await readFile(keys, 'utf8'), keys), from: keys }
  if (url === undefined) return null
  if (!URL.canParse(url)) throw new UsageError('--url takes an origin such as https://behalf.example.com')
  const address = new URL(keysPath, url)
  const answer = await fetch(address, { signal: AbortSignal.timeout(10_000), redirect: 'error' }).catch(
    (error: Error) => {
      throw new Error(`${address.href} could not be asked for its keys: ${error.message}`)
    },
  )
  if (!answer.ok) throw new Error(`${address.href} answered ${answer.status}`)
  return { keys: parsed(await answer.text(), address.href), from: address.origin }
}

function parsed(text: string, from: string): PublicJwk[] {
  try {
    return jwks.parse(JSON.parse(text)).keys
  } catch {
    throw new Error(`${from} is no JWKS (RFC 7517)`)
  }
}

function told(file: string, { problems, receipt, kid, published }: Report, from: string | null): string[] {
  if (problems.length > 0) return [`${file}: ALTERED`, ...problems.map((problem) => `  ${problem}`)]
  const key = `key ${kid}`
  if (published === false)
    return [`${file}: NOT SIGNED THERE`, `  the file is whole, but ${from} does not publish ${key}`]
  const { summary = '', rows = [] } = receipt?.words ?? {}
  const said = [
    `  ${summary}`,
    ...rows.map(({ label, lines }) => `  ${label}: ${lines.join('; ')}`),
    `  signed by ${receipt?.iss} with ${key}`,
  ]
  if (published) return [`${file}: genuine, its key is published at ${from}`, ...said]
  return [
    `${file}: WHOLE, BUT NOT CONFIRMED`,
    '  Nothing was changed since it was signed, with a key that the file carries itself: that proves nothing about who',
    '  signed it. Give --url ORIGIN or --keys FILE, or compare the fingerprint with the one that the issuer publishes.',
    ...said,
  ]
}
