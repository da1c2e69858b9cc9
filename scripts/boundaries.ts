// The import rules of ARCHITECTURE.md "The house" as data. check-boundaries.ts applies them.

/** Where a file lives: a folder or file of the root, or a room of lib as `lib/<room>`. */
export type Zone = string

/** What each zone may import besides itself. `lib` means any room's door, `schema` any room's schema.ts. */
export const mayImport: Record<string, readonly string[]> = {
  app: ['components', 'runtime', 'lib', 'schema'],
  'app/demo': ['components', 'runtime', 'lib', 'schema', 'sandbox'],
  components: ['schema'],
  connectors: ['lib/connector-kit'],
  runtime: ['connectors', 'lib', 'schema'],
  'worker.ts': ['runtime', 'lib'],
  // The hot routes, handed to their handlers without a framework in between.
  'server.ts': ['lib', 'app', 'next.config.ts'],
  'proxy.ts': ['components', 'lib', 'runtime'],
  'instrumentation.ts': ['lib', 'runtime'],
  sandbox: [],
  sdk: [],
  public: [],
  scripts: ['lib', 'schema', 'connectors', 'runtime', 'sandbox'],
  bench: ['lib', 'schema', 'connectors', 'runtime', 'sandbox', 'scripts'],
  e2e: ['lib', 'schema', 'connectors', 'sandbox', 'scripts', 'sdk', 'bench'],
}

/** Rooms of lib from the ground up: a room imports those below it. Rooms not named are domain rooms. */
const levels: readonly (readonly string[])[] = [
  ['config', 'errors', 'ids', 'i18n', 'connector-kit', 'proof'],
  ['log'],
  ['db', 'egress'],
]
const domain = levels.length

/** Rooms that join domain rooms into one flow: tool calls, the connect flow, the HTTP door. They do not meet. */
const top = ['approvals', 'authorization-server', 'broker', 'connect', 'http', 'mcp', 'scim']

/** Domain rooms that import another: each is a decision. */
const exceptions: readonly (readonly [from: string, to: string])[] = [
  ['oauth', 'vault'],
  // The private parts of signing keys lie sealed under the deployment's data key.
  ['signing', 'vault'],
  // Access tokens are our own signature, checked with our own keys.
  ['identity', 'signing'],
  // What we prove ourselves with at an identity provider lies sealed.
  ['identity', 'vault'],
  // Heads of the audit are signed, and what opens its streams lies sealed.
  ['audit', 'signing'],
  ['audit', 'vault'],
  // What a key of a caller's was answered with is sealed under the org's key.
  ['idempotency', 'vault'],
  // A call that finds its consent gone ends the account the way the connect flow does.
  ['broker', 'connect'],
  // The authorization server's pages mail codes, and let agents in, the way the connect flow does.
  ['authorization-server', 'connect'],
  // What comes to it is read no further than it may be long.
  ['authorization-server', 'http'],
  // What agents discover and call over MCP are the broker's tools.
  ['mcp', 'broker'],
  ['mcp', 'http'],
  // A call that waits for people is theirs to decide; approvals never makes it.
  ['broker', 'approvals'],
]

const levelOf = (room: string): number => {
  const found = levels.findIndex((rooms) => rooms.includes(room))
  return found >= 0 ? found : top.includes(room) ? domain + 1 : domain
}

/** Whether room `from` may import the door of room `to`. Rooms of the ground floor may use each other. */
export function roomMayImport(from: string, to: string): boolean {
  if (exceptions.some(([a, b]) => a === from && b === to)) return true
  return levelOf(to) < levelOf(from) || (levelOf(from) === 0 && levelOf(to) === 0)
}

/** Packages that only one room may touch. */
export const ownedPackages: readonly { room: Zone; what: string; packages: RegExp }[] = [
  { room: 'lib/db', what: 'the database', packages: /^(pg|pg-.*|@prisma\/.*|prisma)$/ },
  {
    room: 'lib/egress',
    what: 'outbound calls',
    packages: /^(undici|node:(http|https|http2|tls|dgram|dns))(\/|$)/,
  },
  { room: 'lib/mail', what: 'mail', packages: /^nodemailer(\/|$)/ },
]

/** The names of node:net that open nothing. */
export const harmlessNet = /^(isIP|isIPv4|isIPv6|BlockList|SocketAddress)$/

/** The rooms that mint each proof by a cast. */
export const minters: Record<string, readonly Zone[]> = {
  Caller: ['lib/identity'],
  Tenant: ['lib/db', 'lib/tenancy'],
  Going: ['lib/limits'],
  Granted: ['lib/scopes'],
  Cleared: ['lib/limits'],
  Asked: ['lib/policy'],
  // People who approve a call decide it: approvals makes an `Allowed` from an `Asked`, and from nothing else.
  Allowed: ['lib/policy', 'lib/approvals'],
  Intent: ['lib/broker'],
}

/** Not shipped in the product, or not inside it: they may open connections of their own. */
export const outside: readonly Zone[] = ['scripts', 'bench', 'e2e', 'sandbox', 'sdk', 'public', 'server.ts']
