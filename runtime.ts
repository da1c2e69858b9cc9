import { hkdfSync } from 'node:crypto'
import { connectors as shipped } from '#connectors'
import { showApproval, sweepApprovals } from '#lib/approvals'
import {
  appendAudit,
  noteView,
  type Origin,
  originFields,
  type Records,
  retainQuietly,
  signDueHeads,
  signHead,
  startAuditStreams as startStreams,
} from '#lib/audit'
import {
  answer,
  createAuthorizePages,
  reachClients,
  reachTools,
  sweepRecords,
} from '#lib/authorization-server'
import { createBroker, sweepExecutions } from '#lib/broker'
import { config } from '#lib/config'
import { connectUrl, createConnect, inviteUrl, restoreAccount } from '#lib/connect'
import type { Connector, Tool } from '#lib/connector-kit'
import { rollUsage } from '#lib/console'
import {
  deployment,
  dropAuditPartitions,
  forOrg,
  listOrgsBeingDeleted,
  lookupTenant,
  makeAuditPartitions,
  ping,
  type Tx,
} from '#lib/db'
import { createEgress, type Egress, parseAllow } from '#lib/egress'
import { AppError } from '#lib/errors'
import { emit } from '#lib/events'
import { clientAddress, clientCertificate, isTrustedPeer } from '#lib/http'
import {
  type ApiKeyRole,
  actorOf,
  authenticateAccessToken,
  authenticateKey,
  authenticateScim,
  missingToken,
  presentsToken,
  reachIssuers,
  type ScimCaller,
  sweepAssertions,
  sweepProofs,
  systemCaller,
} from '#lib/identity'
import { enqueueIn, type Handlers, probeQueue } from '#lib/jobs'
import { networkOf, sweepMeters } from '#lib/limits'
import type { Stop } from '#lib/limits/schema'
import { currentTrace, log } from '#lib/log'
import { createMcp } from '#lib/mcp'
import { composePolicies, type Published as PublishedPolicies } from '#lib/policy'
import type { Caller, Tenant } from '#lib/proof'
import { sweepRequestLog } from '#lib/request-log'
import { createScim } from '#lib/scim'
import { sweepDetails } from '#lib/scopes'
import { rotateSigningKey } from '#lib/signing'
import { allTenants, resolveObject } from '#lib/tenancy'
import { createKeyRotation, followSpool, orgHmac, reachKeyServices, replaySpool } from '#lib/vault'

/** The composition root: the only file that joins lib/broker, connectors and jobs. */
export { flowCookieName, sealFlow, sessionOfState, unsealFlow } from '#lib/connect'

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
const lazyEgress: Egress = {
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

/** The org of the demo's product, and its secret key: derived, so that nothing has to be handed over. */
export const demoOrg = 'demo'
export const demoSecret = (): string =>
  `bhf_sk_${Buffer.from(hkdfSync('sha256', config().sessionSecret, '', 'behalf/demo', 32)).toString('base64url')}`

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

/** Where a request came from, for the audit. */
export const originOf = (headers: Headers): Origin => ({
  ip: clientAddress(headers),
  userAgent: headers.get('user-agent')?.slice(0, 300) ?? null,
  traceId: currentTrace()?.traceId ?? crypto.randomUUID().replaceAll('-', ''),
})

/**
 * Answers what is asked of the authorization server. A client certificate counts where a proxy of ours says that it
 * verified it (RFC 9440).
 */
export async function answerOauth(request: Request): Promise<Response> {
  const { headers } = request
  const shown = isTrustedPeer(headers.get('x-behalf-peer')) ? headers.get('client-cert') : null
  const response = await answer(request, {
    from: networkOf(clientAddress(headers)),
    certificate: /^:([A-Za-z0-9+/=]+):$/.exec(shown ?? '')?.[1] ?? null,
  })
  if (response.status === 401) await noteRefusal(headers)
  return response
}

/** Appends what a caller changed to the org's audit, in the transaction of the change. */
export const audited = (
  tx: Tx,
  tenant: Tenant,
  caller: Caller,
  origin: Origin,
  action: string,
  details: Readonly<Record<string, string | number | boolean | null>>,
  changedFields: readonly string[] = [],
): Promise<void> =>
  appendAudit(tx, tenant, {
    action,
    outcome: 'allowed',
    actor: actorOf(caller),
    changed_fields: changedFields,
    ...originFields(origin),
    details,
  })

/** Appends that other policies are in force from now on, in the transaction of the change. */
export const policyChanged =
  (tenant: Tenant, caller: Caller, origin: Origin, action: string, reason?: string) =>
  (tx: Tx, { version, previous, casesFailing }: PublishedPolicies): Promise<void> =>
    audited(
      tx,
      tenant,
      caller,
      origin,
      action,
      {
        policy_version_id: version.id,
        version: String(version.number),
        previous: String(previous ?? 'none'),
        ...(casesFailing > 0 && { cases_failing: String(casesFailing) }),
        ...(reason !== undefined && { reason }),
      },
      ['in_force'],
    )

/** Says in audit and outbox that calls were stopped, or go on, in the transaction of the change. */
export const stopTold =
  (tenant: Tenant, caller: Caller, origin: Origin, action: 'stop.placed' | 'stop.lifted') =>
  async (tx: Tx, { id, subject, reason, until, lift_reason }: Stop): Promise<void> => {
    const about = {
      stop_id: id,
      subject: subject.type,
      subject_id: subject.id,
      ...(action === 'stop.placed' ? { reason, until } : { reason: lift_reason }),
    }
    await audited(tx, tenant, caller, origin, action, about)
    await emit(tx, tenant, action, about)
  }

/** Records that somebody looked at an organization's records; pages in a row are one look. */
export const viewed = (tenant: Tenant, caller: Caller, origin: Origin | null, what: Records): Promise<void> =>
  noteView(tenant, actorOf(caller), origin, what)

/**
 * Authenticates a secret key for a route. A refused credential, and any use of the root key, goes into the
 * deployment's own chain: neither belongs to an org.
 */
export const key =
  (...roles: ApiKeyRole[]) =>
  async (headers: Headers): Promise<Caller> => {
    try {
      const caller = await authenticateKey(headers, roles)
      if (caller.kind === 'key' && caller.root) await noteRootKey(headers)
      return caller
    } catch (error) {
      if (error instanceof AppError && error.code === 'unauthenticated') await noteRefusal(headers)
      throw error
    }
  }

/** Authenticates an identity provider for SCIM; what is refused goes into the deployment's own chain. */
export async function scimCaller(headers: Headers): Promise<ScimCaller> {
  try {
    return await authenticateScim(headers)
  } catch (error) {
    if (error instanceof AppError && error.code === 'unauthenticated') await noteRefusal(headers)
    throw error
  }
}

/**
 * Authenticates an agent by its access token, or else a secret key, for one of the routes of the REST API that are open to
 * both. What an agent may do there beyond that is for the route to say: it sees what is its own.
 * @param role what a key needs
 * @param scopes one of which a token needs; what it lacks is told by the first
 */
export const agentOrKey =
  (role: ApiKeyRole, ...scopes: readonly [string, ...string[]]) =>
  async (headers: Headers, request: Request): Promise<Caller> => {
    const resource = `${config().publicUrl}/api/v1`
    try {
      if (!headers.has('authorization')) throw missingToken(resource, scopes[0])
      if (!presentsToken(headers)) return await key(role)(headers)
      const { method, url } = request
      const certificate = clientCertificate(headers)
      return await authenticateAccessToken({ headers, method, url, resource, scopes, certificate })
    } catch (error) {
      // A secret key's refusal has been noted.
      if (error instanceof AppError && error.code === 'unauthenticated' && presentsTokenOrNone(headers))
        await noteRefusal(headers)
      throw error
    }
  }

const presentsTokenOrNone = (headers: Headers) => !headers.has('authorization') || presentsToken(headers)

// A flood of bad credentials must not become a flood of writes: one event a second says enough of it.
const notedMsMin = { refusal: 1_000, root: 60_000 }
const notedAt = { refusal: Number.NEGATIVE_INFINITY, root: Number.NEGATIVE_INFINITY }
const suppressed = { refusal: 0, root: 0 }

async function note(
  kind: 'refusal' | 'root',
  headers: Headers,
  action: string,
  outcome: 'allowed' | 'denied',
) {
  const now = performance.now()
  if (now - notedAt[kind] < notedMsMin[kind]) {
    suppressed[kind]++
    return
  }
  notedAt[kind] = now
  const { ip, userAgent, traceId } = originOf(headers)
  const more = suppressed[kind]
  suppressed[kind] = 0
  await forOrg(deployment, (tx) =>
    appendAudit(tx, deployment, {
      action,
      outcome,
      actor: kind === 'root' ? { type: 'root_key', id: 'root' } : { type: 'anonymous', id: ip ?? 'unknown' },
      error_code: kind === 'refusal' ? 'unauthenticated' : null,
      ip,
      user_agent: userAgent,
      trace_id: traceId,
      details: { suppressed_since_last: more },
    }),
  ).catch((err: unknown) => log.error({ err }, `${action} not audited`))
}

/** Says in the deployment's chain that somebody could not prove who they are. */
export const noteRefusal = (headers: Headers) => note('refusal', headers, 'authentication.refused', 'denied')
const noteRootKey = (headers: Headers) => note('root', headers, 'root_key.used', 'allowed')

const rotationJobs = { rewrap: 'rewrap_keys', reencrypt: 'reencrypt_org' } as const

/** Rotation of the keys that everything is sealed with; its steps are jobs. */
export const keyRotation = createKeyRotation<Origin>({
  recordIn: (tx, tenant, by, action, details, from) =>
    appendAudit(tx, tenant, {
      action,
      outcome: 'allowed',
      actor: by ?? { type: 'system', id: 'key-rotation' },
      details,
      ...(from && originFields(from)),
    }),
  queueIn: (tx, tenant, kind, id, runInSeconds) =>
    enqueueIn(tx, tenant, rotationJobs[kind], { rotation_id: id }, { runInSeconds, key: `rotation/${id}` }),
})

/**
 * A new key for what the deployment signs.
 * @param olderThanDays only where the current one is that old
 * @returns its id, or `null` where there was no need
 */
export const rotateSigning = (
  by: { type: string; id: string },
  from: Origin | null,
  olderThanDays?: number,
): Promise<string | null> =>
  rotateSigningKey(
    (tx, { kid, retired }) =>
      appendAudit(tx, deployment, {
        action: 'signing_key.rotated',
        outcome: 'allowed',
        actor: by,
        details: { kid, retired },
        ...(from && originFields(from)),
      }),
    olderThanDays,
  )

/** Signs the head of a chain and keeps it outside the database. @returns `null` for a chain without events */
export const signAuditHead = (tenant: Tenant) => signHead(lazyEgress, tenant)

/** Events go out to their streams for as long as the worker runs. @returns how to stop */
export const startAuditStreams = () => startStreams(lazyEgress)

/** What fails for one org, or of one thing, is for the log: the others go on. */
async function everywhere(
  job: string,
  chores: Readonly<Record<string, (tenant: Tenant) => Promise<unknown>>>,
): Promise<void> {
  for await (const tenant of allTenants(systemCaller(job))) {
    for (const [chore, work] of Object.entries(chores)) {
      await work(tenant).catch((err: unknown) =>
        log.error({ err, job, chore, org_id: tenant.externalId }, 'chore failed'),
      )
    }
  }
}

/** Runs on the worker, by the clock or from the outbox. */
export const jobs: Handlers = {
  execute_approval: async ({ org_id, approval_id }, signal) => {
    const tenant = await lookupTenant(org_id)
    if (tenant) await broker.executeApproved(tenant, approval_id, signal)
  },
  settle_revocation: async ({ org_id, revocation_id }) => {
    const tenant = await lookupTenant(org_id)
    if (!tenant) return
    const settled = await connect.settleRevocation(tenant, revocation_id)
    // Throwing is how a job asks to be tried again, with growing pauses.
    if (settled === 'pending') throw new Error('the provider has not confirmed the revocation yet')
  },
  settle_mass_revocation: async ({ org_id, revocation_id }, signal) => {
    const tenant = await lookupTenant(org_id)
    if (tenant) await connect.settleMassRevocation(tenant, revocation_id, signal)
  },
  stop_batch: async ({ batch_id }) => void (await connect.stopBatch(batch_id)),
  give_back_answers: async ({ org_id }) => {
    const tenant = await lookupTenant(org_id)
    while (tenant && (await connect.sweepAnswers(tenant)) > 0);
  },
  hourly: async () => {
    await everywhere('hourly', {
      domains: connect.checkDueDomains,
      mail: connect.sweepMail,
      assertions: sweepAssertions,
      proofs: sweepProofs,
      meters: sweepMeters,
      requestLog: sweepRequestLog,
      usage: rollUsage,
    })
  },
  keep_audit: async (_, signal) => {
    await makeAuditPartitions(3)
    for await (const tenant of allTenants(systemCaller('retention'))) {
      await retainQuietly(tenant, config().audit.retentionDays, signal)
    }
    await dropAuditPartitions()
  },
  sign_audit_heads: async () => void (await signDueHeads(lazyEgress, config().audit.checkpointSeconds)),
  send_mail: async ({ org_id, mail_id }) => {
    const tenant = await lookupTenant(org_id)
    const sent = tenant && (await connect.sendMail(tenant, mail_id))
    if (sent === 'waiting') throw new Error('the mail has not gone yet')
  },
  rewrap_keys: ({ rotation_id }, signal) => keyRotation.stepRewrap(rotation_id, signal),
  reencrypt_org: async ({ org_id, rotation_id }, signal) => {
    const tenant = await lookupTenant(org_id)
    if (tenant) await keyRotation.stepReencrypt(tenant, rotation_id, signal)
  },
  sweep: async () => {
    // What a process that shares this disk left behind when it ended.
    void replaySpool()
    await everywhere('sweep', {
      executions: sweepExecutions,
      reconcile: broker.reconcile,
      approvals: sweepApprovals,
      answers: connect.sweepAnswers,
      consents: connect.endExpiredConsents,
      revocations: connect.resumeRevocations,
      credentials: connect.sweepCredentials,
      requests: connect.sweepRequests,
      details: sweepDetails,
    })
    for (const tenant of await listOrgsBeingDeleted()) await connect.resumeRevocations(tenant)
    await sweepRecords()
    await rotateSigning({ type: 'system', id: 'sweep' }, null, config().signingKeyDays)
  },
}

export const crontab = '* * * * * sweep\n* * * * * sign_audit_heads\n17 * * * * hourly\n41 * * * * keep_audit'

type Check = 'ok' | 'failing'

/** What this process needs to do its work, each looked at for real. */
export async function checkReadiness(): Promise<Record<'database' | 'keys' | 'jobs', Check>> {
  // A process of pages alone has no sweep: what it left on its disk when it ended comes in when it is asked for.
  void replaySpool()
  const outcome = (check: Promise<unknown>): Promise<Check> =>
    check.then(
      () => 'ok',
      (err: unknown) => {
        log.warn({ err }, 'not ready')
        return 'failing'
      },
    )
  const [database, keys, queue] = await Promise.all([
    outcome(ping()),
    outcome(orgHmac(deployment, 'readiness', 'probe')),
    outcome(probeQueue()),
  ])
  return { database, keys, jobs: queue }
}
