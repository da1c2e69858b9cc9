import { Resolver } from 'node:dns/promises'

/** The resolver gave no answer: nothing is known, as opposed to nothing being there. */
export class DnsFailure extends Error {
  override readonly name = 'DnsFailure'
}

export type Dns = {
  /** The texts of a name's TXT records, each with its pieces joined. @throws DnsFailure */
  txt: (name: string) => Promise<string[]>
  /** What a name is an alias of, in lower case without a final dot. @throws DnsFailure */
  cname: (name: string) => Promise<string[]>
}

/** Node's codes for an answer that says: there is no such name, or no such record of it. */
const nothingThere = new Set(['ENOTFOUND', 'ENODATA'])

async function orNothing<T>(query: Promise<T[]>): Promise<T[]> {
  try {
    return await query
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (nothingThere.has(code)) return []
    throw new DnsFailure(`the resolver did not answer (${code})`)
  }
}

/**
 * Looks names up at a resolver, past the machine's hosts file and caches.
 * @param server `address[:port]`, or null for the machine's own resolvers
 */
export function createDns(server: string | null): Dns {
  const resolver = new Resolver({ timeout: 2_500, tries: 2 })
  if (server !== null) resolver.setServers([server])
  return {
    txt: async (name) => (await orNothing(resolver.resolveTxt(name))).map((pieces) => pieces.join('')),
    cname: async (name) =>
      (await orNothing(resolver.resolveCname(name))).map((target) => target.toLowerCase().replace(/\.$/, '')),
  }
}
