import type { Origin } from '#lib/audit'
import type { ImportInput } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import { actorOf } from '#lib/identity'
import type { Caller, Tenant } from '#lib/proof'
import { type CredentialRef, dropDeadIn, type Tokens } from '#lib/vault'
import { type Approval, approve, decline } from './approve.ts'
import { callback } from './callback.ts'
import { type Confirmation, confirm } from './confirm.ts'
import type { Deps, Open } from './context.ts'
import { deleteOrg } from './delete-org.ts'
import type { FlowCookie } from './flow-cookie.ts'
import { checkImport, importAccount } from './import.ts'
import { resolveIncident, sweepIncidents } from './incidents.ts'
import { revokeMany, stopBatch } from './mass-revocation.ts'
import { giveBackOvertaken } from './overtaken.ts'
import {
  consentView,
  enter,
  finished,
  handle,
  open,
  openFlow,
  portalView,
  shell,
  status,
  ticket,
} from './portal.ts'
import { type RawDelivery, receiveNotice } from './provider-notice.ts'
import { startRefreshAhead } from './refresh-ahead.ts'
import { deactivateUser, reactivateUser, remove, removeUser } from './remove.ts'
import { revoke } from './revoke.ts'
import type { RevocationInput } from './schema.ts'
import { cancelSession, createSession } from './sessions.ts'
import { resumeRevocations, settleMassRevocation } from './settle-mass.ts'
import { settleRevocation } from './settle-revocation.ts'
import { sweepAnswers } from './sweep-answers.ts'
import { refresh, setPaused } from './upkeep.ts'

export type { Approval } from './approve.ts'
export type { Open } from './context.ts'
export { type FlowCookie, flowCookieName, sealFlow, sessionOfState, unsealFlow } from './flow-cookie.ts'
export { heldThroughDeployment, listIncidents, openIncidents } from './incident-report.ts'
export { needsReauth, restoreAccount } from './reauth.ts'
export { refresherOf } from './refresher.ts'
export {
  countMatching,
  getRevocation,
  listBatch,
  listRevocations,
  listRevokedAccounts,
} from './revocation-report.ts'
export { connectUrl } from './upgrade.ts'

/**
 * The connect flow in its order: create → enter → consent → approve → callback → confirm; and its end, revoke.
 * ARCHITECTURE.md "Connect flow".
 */
export const createConnect = (deps: Deps) => ({
  create: (caller: Caller, input: Parameters<typeof createSession>[2], origin: Origin) =>
    createSession(deps, caller, input, origin),
  cancel: cancelSession,
  shell,
  open,
  openFlow,
  enter,
  handle,
  ticket: (opened: Open, connectorId: string) => ticket(deps, opened, connectorId),
  portalView: (opened: Open) => portalView(deps, opened),
  consentView: (opened: Open, connectorId: string) => consentView(deps, opened, connectorId),
  approve: (opened: Open, flow: FlowCookie, approval: Approval, origin: Origin) =>
    approve(deps, opened, flow, approval, origin),
  decline,
  callback: (flow: FlowCookie | null, authConfigId: string, params: URLSearchParams, origin: Origin) =>
    callback(deps, flow, authConfigId, params, origin),
  confirm: (tenant: Tenant, caller: Caller, sessionId: string, confirmation: Confirmation, origin: Origin) =>
    confirm(deps, tenant, caller, sessionId, confirmation, origin),
  status,
  finished: (opened: Open, flow: FlowCookie) => finished(deps, opened, flow),
  revoke: (tenant: Tenant, caller: Caller, accountId: string, reason: string, origin: Origin) =>
    revoke(deps, tenant, caller, accountId, reason, origin),
  remove: (tenant: Tenant, caller: Caller, accountId: string, origin: Origin) =>
    remove(deps, tenant, caller, accountId, origin),
  removeUser: (tenant: Tenant, caller: Caller, userId: string, origin: Origin) =>
    removeUser(deps, tenant, caller, userId, origin),
  deactivateUser,
  reactivateUser,
  deleteOrg,
  revokeMany: (caller: Caller, input: RevocationInput, origin: Origin) =>
    revokeMany(deps, caller, input, origin),
  stopBatch: (batchId: string) => stopBatch(batchId, null),
  settleMassRevocation: (tenant: Tenant, revocationId: string, signal: AbortSignal) =>
    settleMassRevocation(deps, tenant, revocationId, signal),
  resumeRevocations: (tenant: Tenant) => resumeRevocations(deps, tenant),
  setPaused,
  importAccount: (caller: Caller, input: ImportInput, origin: Origin) =>
    importAccount(deps, caller, input, origin),
  checkImport: (tenant: Tenant, input: ImportInput) => checkImport(deps, tenant, input),
  refresh: (tenant: Tenant, caller: Caller, accountId: string, origin: Origin) =>
    refresh(deps, tenant, caller, accountId, origin),
  settleRevocation: (tenant: Tenant, revocationId: string) =>
    settleRevocation(deps, tenant, revocationId, null),
  /** An operator says that the refusals of an incident are right. @returns whether it was open */
  confirmIncident: (owner: Tenant, caller: Caller, id: string, origin: Origin) =>
    resolveIncident(owner, id, 'confirmed', actorOf(caller), origin),
  receiveNotice: (raw: RawDelivery, origin: Origin) => receiveNotice(deps, raw, origin),
  sweepAnswers: (tenant: Tenant) => sweepAnswers(deps, tenant),
  /** Destroys credentials that stayed dead, and closes incidents whose provider renews again. */
  sweepCredentials: async (tenant: Tenant) => {
    await forOrg(tenant, (tx) => dropDeadIn(tx, tenant))
    await sweepIncidents(tenant)
  },
  startRefreshAhead: () => startRefreshAhead(deps),
  giveBackOvertaken: (tenant: Tenant, replaced: CredentialRef, tokens: Tokens) =>
    giveBackOvertaken(deps, tenant, replaced, tokens, null),
})
