import type { Origin } from '#lib/audit'
import { forgetFormsIn } from '#lib/consent'
import type { ImportInput } from '#lib/consent/schema'
import { forOrg } from '#lib/db'
import type { Translator } from '#lib/i18n'
import type { Locale } from '#lib/i18n/schema'
import { actorOf } from '#lib/identity'
import { forgetMailIn } from '#lib/mail'
import type { Caller, Tenant } from '#lib/proof'
import { type CredentialRef, dropDeadIn, type Tokens } from '#lib/vault'
import { revokeAgentGrant } from './agent-grants/end.ts'
import type { Deps, Open } from './context.ts'
import { checkDomain, checkDueDomains } from './domains.ts'
import { deleteOrg } from './ending/delete-org.ts'
import { type Closer, revokeMany, stopBatch } from './ending/mass-revocation.ts'
import { type RawDelivery, receiveNotice } from './ending/provider-notice.ts'
import { deactivateUser, reactivateUser, remove, removeUser } from './ending/remove.ts'
import { revoke } from './ending/revoke.ts'
import {
  approveRevocation,
  askForRevocation,
  denyRevocation,
  withdrawRevocation,
} from './ending/second-person.ts'
import { resumeRevocations, settleMassRevocation } from './ending/settle-mass.ts'
import { settleRevocation } from './ending/settle-revocation.ts'
import { type Approval, approve, decline } from './flow/approve.ts'
import { callback } from './flow/callback.ts'
import { portalView } from './flow/catalogue.ts'
import { type Confirmation, confirm } from './flow/confirm.ts'
import { confirmView, enterCode, notMe, resendCode } from './flow/confirm-screen.ts'
import { connectorDetail } from './flow/connector-detail.ts'
import { consentView } from './flow/consent-screen.ts'
import { credentialScreen } from './flow/credential-screen.ts'
import { sendMail } from './flow/deliver.ts'
import type { FlowCookie } from './flow/flow-cookie.ts'
import { hopBack, openHop, rememberHost } from './flow/hop.ts'
import { linkShell } from './flow/link-shell.ts'
import { type Narrowing, narrow, reachable } from './flow/narrow.ts'
import { enter, hold, open, openFlow, resume, stillHeld, ticket } from './flow/open.ts'
import { finished, status } from './flow/progress.ts'
import { askForApproval, decideRequest, requestScreen, sweepRequests } from './flow/requests.ts'
import { type Picked, pickResources, resourceChoice } from './flow/resources.ts'
import { cancelSession, createSession } from './flow/sessions.ts'
import { shell } from './flow/shell.ts'
import { createSsoSession } from './flow/sso.ts'
import { type GivenFields, submitCredentials } from './flow/submit-credentials.ts'
import { sweepAnswers } from './flow/sweep-answers.ts'
import { checkImport, importAccount } from './import/import-account.ts'
import { doorway, mailManageLink } from './mine/doorway.ts'
import { endMine, type Kept, narrowMine, pauseMine, receiptOfMine, reconnectMine } from './mine/mine.ts'
import { takeBackMine } from './mine/take-back.ts'
import { mineDetail, mineView } from './mine/view.ts'
import { sessionReceipt } from './receipts.ts'
import { endExpiredConsents } from './renewal/consent-expiry.ts'
import { resolveIncident, sweepIncidents } from './renewal/incidents.ts'
import { giveBackOvertaken } from './renewal/overtaken.ts'
import { startRefreshAhead } from './renewal/refresh-ahead.ts'
import { refresh, setPaused } from './renewal/upkeep.ts'
import type { RevocationInput } from './schema.ts'

export { noteChangedTools } from './agent-grants/changed.ts'
export { getAgentGrant, listAgentGrants } from './agent-grants/read.ts'
export type { GrantEvidence } from './agent-grants/schema.ts'
export { admitAskedLink, linksOf, mailAskedLinks } from './console-links.ts'
export type { Open } from './context.ts'
export {
  getRevocation,
  listBatch,
  listRevocations,
  listRevokedAccounts,
} from './ending/revocation-report.ts'
export {
  getRevocationRequest,
  listRevocationRequests,
  requestOfRevocation,
} from './ending/revocation-requests.ts'
export { otherApprovers } from './ending/second-person.ts'
export type { Approval } from './flow/approve.ts'
export { digitsOf } from './flow/confirm-screen.ts'
export { postOf } from './flow/deliver.ts'
export { type FlowCookie, flowCookieName, sealFlow, sessionOfState, unsealFlow } from './flow/flow-cookie.ts'
export { inviteUrl } from './flow/invite.ts'
export type { Narrowing } from './flow/narrow.ts'
export type { Progress } from './flow/progress.ts'
export type { Picked } from './flow/resources.ts'
export { connectUrl } from './flow/upgrade.ts'
export { receiptFile } from './receipts.ts'
export { heldThroughDeployment, listIncidents, openIncidents } from './renewal/incident-report.ts'
export { needsReauth, restoreAccount } from './renewal/reauth.ts'
export { refresherOf } from './renewal/refresher.ts'

/**
 * The connect flow in its order: create → enter → consent → approve → callback → confirm; and its end, revoke.
 * ARCHITECTURE.md "Connect flow".
 */
export const createConnect = (deps: Deps) => ({
  create: (caller: Caller, input: Parameters<typeof createSession>[2], origin: Origin) =>
    createSession(deps, caller, input, origin),
  /** A session for whom the host asserts to be signed in. @param from the `Origin` of the request */
  sso: (assertion: string, from: string | null, origin: Origin) =>
    createSsoSession(deps, assertion, from, origin),
  cancel: cancelSession,
  checkDomain,
  checkDueDomains,
  rememberHost,
  hopBack,
  openHop,
  shell,
  open,
  openFlow,
  enter,
  hold,
  stillHeld,
  resume,
  ticket: (opened: Open, connectorId: string) => ticket(deps, opened, connectorId),
  portalView: (opened: Open, locale?: Locale) => portalView(deps, opened, locale),
  connectorDetail: (opened: Open, connectorId: string, locale: Locale) =>
    connectorDetail(deps, opened, connectorId, locale),
  linkShell: (link: string) => linkShell(deps, link),
  consentView: (opened: Open, connectorId: string, t?: Translator) =>
    consentView(deps, opened, connectorId, t),
  approve: (opened: Open, flow: FlowCookie, approval: Approval, origin: Origin, t?: Translator) =>
    approve(deps, opened, flow, approval, origin, t),
  resourceChoice: (
    opened: Open,
    flow: FlowCookie,
    asked: Parameters<typeof resourceChoice>[3],
    t: Translator,
  ) => resourceChoice(deps, opened, flow, asked, t),
  pickResources: (opened: Open, flow: FlowCookie, picked: Picked, t: Translator, origin: Origin) =>
    pickResources(deps, opened, flow, picked, t, origin),
  narrow: (tenant: Tenant, caller: Caller, accountId: string, narrowing: Narrowing, origin: Origin) =>
    narrow(deps, tenant, caller, accountId, narrowing, origin),
  reachable: (tenant: Tenant, accountId: string, asked: Parameters<typeof reachable>[3]) =>
    reachable(deps, tenant, accountId, asked),
  decline,
  requestScreen: (opened: Open, connectorId: string, scopes: readonly string[], locale: Locale) =>
    requestScreen(deps, opened, connectorId, scopes, locale),
  askForApproval: (opened: Open, asked: Parameters<typeof askForApproval>[2], origin: Origin) =>
    askForApproval(deps, opened, asked, origin),
  decideRequest,
  sweepRequests,
  credentialScreen: (opened: Open, flow: FlowCookie, connectorId: string, locale: Locale) =>
    credentialScreen(deps, opened, flow, connectorId, locale),
  submitCredentials: (
    opened: Open,
    flow: FlowCookie,
    connectorId: string,
    given: GivenFields,
    origin: Origin,
  ) => submitCredentials(deps, opened, flow, connectorId, given, origin),
  callback: (flow: FlowCookie | null, authConfigId: string, params: URLSearchParams, origin: Origin) =>
    callback(deps, flow, authConfigId, params, origin),
  confirm: (tenant: Tenant, caller: Caller, sessionId: string, confirmation: Confirmation, origin: Origin) =>
    confirm(deps, tenant, caller, sessionId, confirmation, origin),
  /** What the page shows that asks for the code that was mailed. */
  confirmView: (opened: Open, flow: FlowCookie) => confirmView(deps, opened, flow),
  enterCode: (opened: Open, flow: FlowCookie, typed: string, origin: Origin) =>
    enterCode(deps, opened, flow, typed, origin),
  resendCode: (opened: Open, flow: FlowCookie) => resendCode(deps, opened, flow),
  notMe: (opened: Open, flow: FlowCookie, origin: Origin) => notMe(deps, opened, flow, origin),
  sendMail: (tenant: Tenant, mailId: string) => sendMail(deps, tenant, mailId),
  sweepMail: (tenant: Tenant) => forOrg(tenant, (tx) => forgetMailIn(tx, tenant)),
  status,
  finished: (opened: Open, flow: FlowCookie) => finished(deps, opened, flow),
  sessionReceipt,
  revoke: (tenant: Tenant, caller: Caller, accountId: string, reason: string, origin: Origin) =>
    revoke(deps, tenant, caller, accountId, reason, origin),
  remove: (tenant: Tenant, caller: Caller, accountId: string, origin: Origin) =>
    remove(deps, tenant, caller, accountId, origin),
  removeUser: (tenant: Tenant, caller: Caller, userId: string, origin: Origin) =>
    removeUser(deps, tenant, caller, userId, origin),
  deactivateUser,
  reactivateUser,
  deleteOrg,
  /** @param closer what the console narrows by beside the wire's filter, and holds it to */
  revokeMany: (caller: Caller, input: RevocationInput, origin: Origin, closer?: Closer) =>
    revokeMany(deps, caller, input, origin, closer),
  askForRevocation,
  approveRevocation: (
    tenant: Tenant,
    caller: Caller & { kind: 'admin' },
    requestId: string,
    origin: Origin,
    shown?: string,
  ) => approveRevocation(deps, tenant, caller, requestId, origin, shown),
  denyRevocation,
  withdrawRevocation,
  stopBatch: (batchId: string) => stopBatch(batchId, null),
  settleMassRevocation: (tenant: Tenant, revocationId: string, signal: AbortSignal) =>
    settleMassRevocation(deps, tenant, revocationId, signal),
  resumeRevocations: (tenant: Tenant) => resumeRevocations(deps, tenant),
  setPaused,
  doorway,
  mailManageLink,
  mine: (opened: Open, locale: Locale) => mineView(deps, opened, locale),
  mineDetail: (opened: Open, accountId: string, locale: Locale) =>
    mineDetail(deps, opened, accountId, locale),
  pauseMine,
  takeBackMine,
  revokeAgentGrant,
  endMine: (opened: Open, accountId: string, origin: Origin) => endMine(deps, opened, accountId, origin),
  narrowMine: (opened: Open, accountId: string, kept: Kept, origin: Origin) =>
    narrowMine(deps, opened, accountId, kept, origin),
  receiptOfMine,
  reconnectMine,
  importAccount: (caller: Caller, input: ImportInput, origin: Origin) =>
    importAccount(deps, caller, input, origin),
  checkImport: (tenant: Tenant, caller: Caller, input: ImportInput) =>
    checkImport(deps, tenant, caller, input),
  refresh: (tenant: Tenant, caller: Caller, accountId: string, origin: Origin) =>
    refresh(deps, tenant, caller, accountId, origin),
  settleRevocation: (tenant: Tenant, revocationId: string) =>
    settleRevocation(deps, tenant, revocationId, null),
  /** An operator says that the refusals of an incident are right. @returns whether it was open */
  confirmIncident: (owner: Tenant, caller: Caller, id: string, origin: Origin) =>
    resolveIncident(owner, id, 'confirmed', actorOf(caller), origin),
  receiveNotice: (raw: RawDelivery, origin: Origin) => receiveNotice(deps, raw, origin),
  sweepAnswers: (tenant: Tenant) => sweepAnswers(deps, tenant),
  endExpiredConsents: (tenant: Tenant) => endExpiredConsents(deps, tenant),
  /** Destroys credentials that stayed dead, forgets forms that were left, and closes incidents whose provider renews again. */
  sweepCredentials: async (tenant: Tenant) => {
    await forOrg(tenant, async (tx) => {
      await dropDeadIn(tx, tenant)
      await forgetFormsIn(tx, tenant)
    })
    await sweepIncidents(tenant)
  },
  startRefreshAhead: () => startRefreshAhead(deps),
  giveBackOvertaken: (tenant: Tenant, replaced: CredentialRef, tokens: Tokens) =>
    giveBackOvertaken(deps, tenant, replaced, tokens, null),
})
