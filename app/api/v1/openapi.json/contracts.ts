import type { Contract } from '#lib/http'
import * as agentGrantsOne from '../agent_grants/[id]/contract.ts'
import * as agentGrantsOneRevoke from '../agent_grants/[id]/revoke/contract.ts'
import * as agentGrants from '../agent_grants/contract.ts'
import * as agentsOne from '../agents/[id]/contract.ts'
import * as agentsOneCredentialsOne from '../agents/[id]/credentials/[credential_id]/contract.ts'
import * as agentsOneCredentialsOneRotate from '../agents/[id]/credentials/[credential_id]/rotate/contract.ts'
import * as agentsOneCredentials from '../agents/[id]/credentials/contract.ts'
import * as agentsOneDisable from '../agents/[id]/disable/contract.ts'
import * as agentsOneEnable from '../agents/[id]/enable/contract.ts'
import * as agentsOneOrgsOne from '../agents/[id]/orgs/[org_id]/contract.ts'
import * as agents from '../agents/contract.ts'
import * as apiKeysOne from '../api_keys/[id]/contract.ts'
import * as apiKeys from '../api_keys/contract.ts'
import * as approvalsOneApprove from '../approvals/[id]/approve/contract.ts'
import * as approvalsOne from '../approvals/[id]/contract.ts'
import * as approvalsOneDeny from '../approvals/[id]/deny/contract.ts'
import * as approvals from '../approvals/contract.ts'
import * as auditCheckpoints from '../audit_checkpoints/contract.ts'
import * as auditEvents from '../audit_events/contract.ts'
import * as auditEventsExport from '../audit_events/export/contract.ts'
import * as auditEventsVerify from '../audit_events/verify/contract.ts'
import * as auditStreamsOne from '../audit_streams/[id]/contract.ts'
import * as auditStreams from '../audit_streams/contract.ts'
import * as authConfigsOne from '../auth_configs/[id]/contract.ts'
import * as authConfigs from '../auth_configs/contract.ts'
import * as connectSessionsOneConfirm from '../connect_sessions/[id]/confirm/contract.ts'
import * as connectSessionsOne from '../connect_sessions/[id]/contract.ts'
import * as connectSessions from '../connect_sessions/contract.ts'
import * as connectedAccountsOneConnections from '../connected_accounts/[id]/connections/contract.ts'
import * as connectedAccountsOne from '../connected_accounts/[id]/contract.ts'
import * as connectedAccountsOneNarrow from '../connected_accounts/[id]/narrow/contract.ts'
import * as connectedAccountsOnePause from '../connected_accounts/[id]/pause/contract.ts'
import * as connectedAccountsOneRefresh from '../connected_accounts/[id]/refresh/contract.ts'
import * as connectedAccountsOneResume from '../connected_accounts/[id]/resume/contract.ts'
import * as connectedAccountsOneRevoke from '../connected_accounts/[id]/revoke/contract.ts'
import * as connectedAccounts from '../connected_accounts/contract.ts'
import * as connectionRequestsOneApprove from '../connection_requests/[id]/approve/contract.ts'
import * as connectionRequestsOne from '../connection_requests/[id]/contract.ts'
import * as connectionRequestsOneDeny from '../connection_requests/[id]/deny/contract.ts'
import * as connectionRequests from '../connection_requests/contract.ts'
import * as connectionsOneReceipt from '../connections/[id]/receipt/contract.ts'
import * as connectorsOne from '../connectors/[id]/contract.ts'
import * as connectorsOneTools from '../connectors/[id]/tools/contract.ts'
import * as connectors from '../connectors/contract.ts'
import * as events from '../events/contract.ts'
import * as executionsOne from '../executions/[id]/contract.ts'
import * as executions from '../executions/contract.ts'
import * as limitsOne from '../limits/[id]/contract.ts'
import * as limits from '../limits/contract.ts'
import * as limitsCosts from '../limits/costs/contract.ts'
import * as membersOne from '../members/[id]/contract.ts'
import * as membersOneDisable from '../members/[id]/disable/contract.ts'
import * as membersOneEnable from '../members/[id]/enable/contract.ts'
import * as membersOneEndSessions from '../members/[id]/end_sessions/contract.ts'
import * as membersOneSignInLinks from '../members/[id]/sign_in_links/contract.ts'
import * as members from '../members/contract.ts'
import * as orgsOneBrandingAssets from '../orgs/[id]/branding/assets/contract.ts'
import * as orgsOneBranding from '../orgs/[id]/branding/contract.ts'
import * as orgsOneBrandingPublish from '../orgs/[id]/branding/publish/contract.ts'
import * as orgsOneBrandingRollback from '../orgs/[id]/branding/rollback/contract.ts'
import * as orgsOne from '../orgs/[id]/contract.ts'
import * as orgsOneDomainsOneCheck from '../orgs/[id]/domains/[domain_id]/check/contract.ts'
import * as orgsOneDomainsOne from '../orgs/[id]/domains/[domain_id]/contract.ts'
import * as orgsOneDomains from '../orgs/[id]/domains/contract.ts'
import * as orgsOneExport from '../orgs/[id]/export/contract.ts'
import * as orgsOneLegalHoldsOne from '../orgs/[id]/legal_holds/[hold_id]/contract.ts'
import * as orgsOneLegalHolds from '../orgs/[id]/legal_holds/contract.ts'
import * as orgsOneSsoKeysOne from '../orgs/[id]/sso_keys/[key_id]/contract.ts'
import * as orgsOneSsoKeys from '../orgs/[id]/sso_keys/contract.ts'
import * as orgs from '../orgs/contract.ts'
import * as policiesOne from '../policies/[id]/contract.ts'
import * as policies from '../policies/contract.ts'
import * as policiesDryRun from '../policies/dry_run/contract.ts'
import * as policyCasesOne from '../policy_cases/[id]/contract.ts'
import * as policyCases from '../policy_cases/contract.ts'
import * as policySchema from '../policy_schema/contract.ts'
import * as policyVersionsOne from '../policy_versions/[id]/contract.ts'
import * as policyVersionsOnePublish from '../policy_versions/[id]/publish/contract.ts'
import * as policyVersionsOneReplay from '../policy_versions/[id]/replay/contract.ts'
import * as policyVersionsOneRollback from '../policy_versions/[id]/rollback/contract.ts'
import * as policyVersionsOneTest from '../policy_versions/[id]/test/contract.ts'
import * as policyVersionsOneWithdraw from '../policy_versions/[id]/withdraw/contract.ts'
import * as policyVersions from '../policy_versions/contract.ts'
import * as policyVersionsValidate from '../policy_versions/validate/contract.ts'
import * as providerEventsOne from '../provider_events/[id]/contract.ts'
import * as reportsOne from '../reports/[kind]/contract.ts'
import * as revocationsOneAccounts from '../revocations/[id]/accounts/contract.ts'
import * as revocationsOne from '../revocations/[id]/contract.ts'
import * as revocations from '../revocations/contract.ts'
import * as scopeCeilingsOne from '../scope_ceilings/[id]/contract.ts'
import * as scopeCeilings from '../scope_ceilings/contract.ts'
import * as signInsOneConfirm from '../sign_ins/[handle]/confirm/contract.ts'
import * as ssoConnectionsOne from '../sso_connections/[id]/contract.ts'
import * as ssoConnections from '../sso_connections/contract.ts'
import * as stopsOneLift from '../stops/[id]/lift/contract.ts'
import * as stops from '../stops/contract.ts'
import * as tools from '../tools/contract.ts'
import * as toolsExecute from '../tools/execute/contract.ts'
import * as toolsRequirements from '../tools/requirements/contract.ts'
import * as toolsetsOne from '../toolsets/[id]/contract.ts'
import * as toolsets from '../toolsets/contract.ts'
import * as usage from '../usage/contract.ts'
import * as usersOne from '../users/[id]/contract.ts'
import * as usersOneDeactivate from '../users/[id]/deactivate/contract.ts'
import * as usersOneReactivate from '../users/[id]/reactivate/contract.ts'

/** Every operation of the API; a test compares it with the folders, so that none is forgotten. */
export const contracts: readonly Contract[] = [
  agentGrantsOne,
  agentGrantsOneRevoke,
  agentGrants,
  agentsOne,
  agentsOneDisable,
  agentsOneEnable,
  agentsOneCredentials,
  agentsOneCredentialsOne,
  agentsOneCredentialsOneRotate,
  agentsOneOrgsOne,
  agents,
  apiKeysOne,
  apiKeys,
  approvalsOne,
  approvalsOneApprove,
  approvalsOneDeny,
  approvals,
  auditCheckpoints,
  auditEvents,
  auditEventsExport,
  auditEventsVerify,
  auditStreamsOne,
  auditStreams,
  authConfigsOne,
  authConfigs,
  connectSessionsOneConfirm,
  connectSessionsOne,
  connectSessions,
  connectedAccountsOneConnections,
  connectedAccountsOne,
  connectedAccountsOnePause,
  connectedAccountsOneRefresh,
  connectedAccountsOneResume,
  connectedAccountsOneNarrow,
  connectedAccountsOneRevoke,
  connectedAccounts,
  connectionRequestsOneApprove,
  connectionRequestsOne,
  connectionRequestsOneDeny,
  connectionRequests,
  connectionsOneReceipt,
  connectorsOne,
  connectorsOneTools,
  connectors,
  events,
  executionsOne,
  executions,
  limitsOne,
  limits,
  members,
  membersOne,
  membersOneSignInLinks,
  membersOneEndSessions,
  membersOneEnable,
  membersOneDisable,
  limitsCosts,
  orgsOne,
  orgsOneBranding,
  orgsOneBrandingAssets,
  orgsOneBrandingPublish,
  orgsOneBrandingRollback,
  orgsOneDomainsOneCheck,
  orgsOneDomainsOne,
  orgsOneDomains,
  orgsOneExport,
  orgsOneLegalHoldsOne,
  orgsOneLegalHolds,
  orgsOneSsoKeysOne,
  orgsOneSsoKeys,
  orgs,
  policiesOne,
  policiesDryRun,
  policies,
  policyVersionsOne,
  policyVersionsOnePublish,
  policyVersionsOneRollback,
  policyVersionsOneWithdraw,
  policyVersionsOneTest,
  policyVersionsOneReplay,
  policyVersionsValidate,
  policyVersions,
  policyCasesOne,
  policyCases,
  policySchema,
  providerEventsOne,
  reportsOne,
  revocationsOneAccounts,
  revocationsOne,
  revocations,
  scopeCeilingsOne,
  scopeCeilings,
  signInsOneConfirm,
  ssoConnectionsOne,
  ssoConnections,
  stopsOneLift,
  stops,
  tools,
  toolsExecute,
  toolsRequirements,
  toolsets,
  toolsetsOne,
  usage,
  usersOne,
  usersOneDeactivate,
  usersOneReactivate,
].flatMap((folder) => Object.values(folder).filter(isContract))

function isContract(exported: unknown): exported is Contract {
  return typeof exported === 'object' && exported !== null && 'operationId' in exported
}
