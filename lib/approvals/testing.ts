import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { forOrg } from '#lib/db'
import { authenticateMember, createApiKeyIn, issueSignInLinkIn, redeemSignInLink } from '#lib/identity'
import type { MemberRole } from '#lib/identity/schema'
import { parseId } from '#lib/ids'
import { going } from '#lib/limits'
import type { Asked, Caller, Decision, Tenant } from '#lib/proof'
import { grant, readAccounts } from '#lib/scopes'
import { connectors, key } from '#runtime'
import { origin, type Practice, startPractice } from '../../scripts/testing/practice.ts'
import { type Superuser, useSuperuser } from '../../scripts/testing/superuser.ts'
import { approve, decideApproval, showApproval } from './index.ts'

// What the tests of approvals stand on: for each an org with an account, and a key that asks.

export let practice: Practice
export let superuser: Superuser
export let tenant: Tenant
export let account = ''
export let asker: Caller
let orgs = 0

/** Call it once in a test file. */
export function prepareApprovals(): void {
  beforeAll(async () => {
    practice = await startPractice()
    superuser = await useSuperuser()
  })
  afterAll(() => practice.stop())
  beforeEach(async () => {
    const org = `org-${++orgs}`
    const { connected_account_id } = await practice.connectAccount({ org, user: 'u_1' })
    account = connected_account_id ?? ''
    tenant = await practice.tenant(org)
    asker = await keyWith(['execute'])
  })
}

/** From here on calls mean another account. */
export function useAccount(publicId: string): void {
  account = publicId
}

/** From here on somebody else asks. */
export function askAs(caller: Caller): void {
  asker = caller
}

export const refusal = (code: string) => expect.objectContaining({ name: 'AppError', code })
const tool = connectors.sandbox?.tools['sandbox.create_task']
const trail = { trace_id: 'a'.repeat(32), ip: origin.ip, user_agent: 'test', params_hmac: 'hmac' }

export async function keyWith(roles: string[], in_: Tenant = tenant): Promise<Caller> {
  const { secret } = await forOrg(in_, (tx) => createApiKeyIn(tx, in_, { name: 'test', roles }))
  const [role] = roles as ['execute']
  return key(role ?? 'read')(practice.authorization(secret))
}

export async function member(
  email: string,
  role: MemberRole = 'owner',
  home: Tenant = tenant,
): Promise<Caller> {
  const token = await forOrg(home, (tx) => issueSignInLinkIn(tx, home, email, role))
  const found = await redeemSignInLink(token)
  if (!found) throw new Error('no member')
  const { caller } = await authenticateMember({ memberId: found.id, sessionVersion: found.sessionVersion })
  return caller
}

type Terms = { quorum?: number; expires?: number | null; title?: string; as?: Caller }

/** What policy makes of a call: the call passes scopes, and people are to be asked. */
export async function asked({
  quorum = 1,
  expires = null,
  title = 'Water the plants',
  as = asker,
}: Terms = {}) {
  if (!tool || !connectors.sandbox) throw new Error('no practice provider')
  const ref = { accountId: parseId('connected_account', account) ?? '' }
  const params = { title }
  const wanted = { account: ref, connector: connectors.sandbox, tool, params }
  const accounts = await readAccounts(tenant, 'sandbox', ref)
  const goes = going(tenant, [], { agentId: null, userId: '', toolName: tool.name, connector: 'sandbox' })
  const granted = await grant(goes, as, wanted, accounts, async () => null)
  const approval = { quorum, expires_in_seconds: expires }
  const decision: Decision = { engine: 'cedar', decision: 'ask', policyIds: ['p1'], approval }
  return {
    judged: { granted, decision, reason: 'Look first.' } as Asked,
    call: { tool, params, given: params, context: {} },
  }
}

export async function ask(terms: Terms = {}) {
  const { judged, call } = await asked(terms)
  const answer = await approve(judged, call, terms.as ?? asker, trail, null)
  if (!('approval_id' in answer)) throw new Error('nobody was asked')
  return { publicId: answer.approval_id, id: parseId('approval', answer.approval_id) ?? '', answer }
}

export const decide = (id: string, approves: boolean, caller: Caller, decidedBy: string | null = null) =>
  decideApproval(tenant, caller, id, { approves, note: approves ? null : 'No.', decidedBy }, origin)

export const statusOf = async (id: string) => (await showApproval(tenant, asker, id, origin)).status

export const jobsOf = (id: string) =>
  superuser.sql(`SELECT 1 FROM graphile_worker._private_jobs WHERE key = $1`, [`approval/${id}`])

/** Passes the stage with an approval, as a call that names it does. */
export async function pass(id: string, terms: Terms = {}) {
  const { judged, call } = await asked(terms)
  return approve(judged, call, terms.as ?? asker, trail, id)
}

export const runOut = (id: string) =>
  superuser.tamper(`UPDATE approvals SET expires_at = now() - interval '1 second' WHERE id = $1`, [id])
