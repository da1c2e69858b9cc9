import { type Dns, DnsFailure } from '#lib/egress'
import { ownHostname, parentsOf } from './hostname.ts'
import type { DomainProblem } from './schema.ts'

/** What the records of a hostname say now. `unknown` is no evidence of anything: the resolver did not answer. */
export type Looked = {
  verdict: 'right' | 'missing' | 'wrong' | 'unknown'
  problems: DomainProblem[]
  provenParent: string | null
}

export const ownershipName = (hostname: string): string => `_behalf.${hostname}`

/** Longest chain of aliases that is followed. */
const hopsMax = 5

const shown = (found: readonly string[]): string[] => found.slice(0, 5).map((text) => text.slice(0, 120))

function problemOf(record: 'TXT' | 'CNAME', name: string, expected: string, found: string[]): DomainProblem {
  const seen = shown(found)
  const says =
    seen.length === 0
      ? `There is no ${record} record at ${name}; it should be ${expected}.`
      : `The ${record} record at ${name} is ${seen.join(', ')}; it should be ${expected}.`
  return { record, name, expected, found: seen, says }
}

/** Every alias on the way from a name, nearest first. */
async function aliases(dns: Dns, hostname: string): Promise<string[]> {
  const found: string[] = []
  for (let name: string | undefined = hostname; name !== undefined && found.length < hopsMax; ) {
    const [next]: string[] = await dns.cname(name)
    if (next === undefined || found.includes(next)) break
    found.push(next)
    name = next
  }
  return found
}

/** Looks the records of a hostname up: who owns it, and whether it leads here. */
export async function look(dns: Dns, hostname: string, token: string): Promise<Looked> {
  const target = ownHostname()
  const name = ownershipName(hostname)
  try {
    const [texts, chain] = await Promise.all([dns.txt(name), aliases(dns, hostname)])
    const problems = [
      ...(texts.includes(token) ? [] : [problemOf('TXT', name, token, texts)]),
      ...(chain.includes(target) ? [] : [problemOf('CNAME', hostname, target, chain.slice(0, 1))]),
    ]
    if (problems.length === 0)
      return { verdict: 'right', problems, provenParent: await provenParent(dns, hostname, token) }
    const verdict = problems.some(({ found }) => found.length > 0) ? 'wrong' : 'missing'
    return { verdict, problems, provenParent: null }
  } catch (error) {
    if (!(error instanceof DnsFailure)) throw error
    const says = 'The name servers did not answer. This is tried again by itself.'
    const problem: DomainProblem = { record: 'resolver', name: hostname, expected: null, found: [], says }
    return { verdict: 'unknown', problems: [problem], provenParent: null }
  }
}

/**
 * The shortest parent whose owner has published the token as well. A name below a domain proves nothing about the
 * domain: whole zones give names below them to anybody.
 */
async function provenParent(dns: Dns, hostname: string, token: string): Promise<string | null> {
  for (const parent of parentsOf(hostname)) {
    if ((await dns.txt(ownershipName(parent))).includes(token)) return parent
  }
  return null
}
