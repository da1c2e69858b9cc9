// The composition root: the only place that joins lib/broker, connectors and what they reach the world by.
import { connectors as shipped } from '#connectors'
import { showApproval } from '#lib/approvals'
import { signHead, startAuditStreams as startStreams } from '#lib/audit'
import { createAuthorizePages, reachClients, reachTools } from '#lib/authorization-server'
import { createBroker } from '#lib/broker'
import { config } from '#lib/config'
import { connectUrl, createConnect, inviteUrl, restoreAccount } from '#lib/connect'
import type { Connector, Tool } from '#lib/connector-kit'
import { createEgress, type Egress, parseAllow } from '#lib/egress'
import { reachIssuers } from '#lib/identity'
import { createMcp } from '#lib/mcp'
import { composePolicies } from '#lib/policy'
import type { Tenant } from '#lib/proof'
import { createScim } from '#lib/scim'
import { resolveObject } from '#lib/tenancy'
import { followSpool, reachKeyServices } from '#lib/vault'

// Next bundles a module once per route: what holds connections must be one per process all the same.
const anchor: { [key: symbol]: Egress | undefined } = globalThis as never
const egressKey = Symbol.for('behalf.egress')

function egress(): Egress {
  anchor[egressKey] ??= createEgress({
    allow: parseAllow(config().egressAllow),
    default: config().egressDefault,
  })
  return anchor[egressKey]
}

/** Resolved on first use, so that importing this file reads no environment. */
export const lazyEgress: Egress = {
  request: (call) => egress().request(call),
  fetch: (purpose, options) => egress().fetch(purpose, options),
  socket: (target) => egress().socket(target),
  tls: (target) => egress().tls(target),
  close: () => egress().close(),
}

reachKeyServices(lazyEgress)
reachIssuers(lazyEgress)
reachClients(lazyEgress)

const atPractice = (practice: Connector): Connector => ({
  ...practice,
  get baseUrls() {
    const url = config().sandbox?.url
    return url ? { base: url } : practice.baseUrls
  },
})

/** Every connector; the practice provider is wherever this process was told that it runs. */
export const connectors: Readonly<Record<string, Connector>> = {
  ...shipped,
  ...Object.fromEntries(
    Object.values(shipped)
      .filter(({ id, unlisted }) => id === 'sandbox' || unlisted)
      .map((practice) => [practice.id, atPractice(practice)]),
  ),
}

export const tools: Readonly<Record<string, Tool>> = Object.assign(
  {},
  ...Object.values(connectors).map((connector: Connector) => connector.tools),
)

composePolicies(connectors, lazyEgress)
/** The names of all tools, for what names one and would never hold if it were misspelt. */
export const toolNames: readonly string[] = Object.keys(tools)
/** What an agent or a toolset may be restricted to. */
export const reachable = { connectors: Object.keys(connectors), tools: toolNames }

export const connect = createConnect({ connectors, egress: lazyEgress })
reachTools(connectors)
/** What an identity provider keeps of an org's people. */
export const scim = createScim(connect, () => config().publicUrl)
/** What people are asked when a client wants to act for them. */
export const authorize = createAuthorizePages(connectors)
followSpool({
  inPlace: (tenant, accountId) => restoreAccount(tenant, accountId, 'rotation_lost'),
  overtaken: connect.giveBackOvertaken,
})
export const broker = createBroker({ connectors, tools, egress: lazyEgress, connectUrl })
export const mcp = createMcp({
  connectors,
  broker,
  invite: inviteUrl,
  showApproval: async (caller, approvalId, origin) => {
    const { tenant, id } = await resolveObject(caller, 'approval', approvalId)
    return showApproval(tenant, caller, id, origin)
  },
})

/** Signs the head of a chain and keeps it outside the database. @returns `null` for a chain without events */
export const signAuditHead = (tenant: Tenant) => signHead(lazyEgress, tenant)

/** Events go out to their streams for as long as the worker runs. @returns how to stop */
export const startAuditStreams = () => startStreams(lazyEgress)
