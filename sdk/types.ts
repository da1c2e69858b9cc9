// Names for what goes over the wire. The shapes are in wire.ts, which is made from the OpenAPI document.
import type { Wire } from './wire.ts'

export type { ErrorCode, Wire } from './wire.ts'

/** Name of an operation, as the reference has it. */
export type OperationId = keyof Wire
type Body<Id extends OperationId> = Wire[Id]['body']
type Answer<Id extends OperationId> = Wire[Id]['answer']
type Item<Id extends OperationId> = Answer<Id> extends { data: (infer One)[] } ? One : never
type Filter<Id extends OperationId> = Omit<NonNullable<Wire[Id]['query']>, keyof PageQuery>

export type Page<One> = { data: One[]; has_more: boolean; next_cursor: string | null }

/** Where in a list, and how much of it. */
export type PageQuery = { limit?: number | undefined; cursor?: string | undefined }

export type ConnectSessionInput = Body<'createConnectSession'>
/** The only answer that has the token and the links. */
export type CreatedConnectSession = Answer<'createConnectSession'>
export type ConnectSession = Answer<'getConnectSession'>
export type SessionStatus = ConnectSession['status']
/** Who the host says has finished, and the code that arrived at its return_url. */
export type Confirmation = Body<'confirmConnectSession'>

export type ConnectedAccount = Answer<'getConnectedAccount'>
export type AccountStatus = ConnectedAccount['status']
export type AccountFilter = Filter<'listConnectedAccounts'>
export type RevokedAccount = Answer<'revokeConnectedAccount'>
/** Credentials that the user gave to another system. */
export type ImportInput = Body<'importConnectedAccount'>
/** A consent of a connected account, and where its receipt is. */
export type Connection = Item<'listConnections'>
/** A signed copy of what was agreed and refused, with the same decoded. */
export type Receipt = Answer<'getReceipt'>

export type Tool = Item<'listConnectorTools'>
export type Effect = Tool['effect']
export type ToolFilter = Omit<Filter<'listTools'>, 'format'>
/** What is still missing to run tools for a user, and what a connect session should ask for. */
export type RequirementsInput = Body<'toolRequirements'>
export type Requirements = Answer<'toolRequirements'>
/** Names either the account, or the user whose one usable account it is. */
export type ExecuteInput = Body<'executeTool'>
/** A call that people have to approve first; it is made once, as soon as they have. */
export type PendingApproval = Extract<Answer<'executeTool'>, { status: 'pending_approval' }>
export type Executed = Exclude<Answer<'executeTool'>, PendingApproval>
export type Execution = Answer<'getExecution'>
export type ExecutionFilter = Filter<'listExecutions'>

/** A call that waits for people, or waited. */
export type Approval = Item<'listApprovals'>
export type ApprovalDetail = Answer<'getApproval'>
export type ApprovalFilter = Filter<'listApprovals'>
/** `decided_by` is the `user_id` of the person for whom your backend speaks. */
export type Approve = Body<'approveApproval'>
/** The reason is told to whoever asked. */
export type Deny = Body<'denyApproval'>

export type Agent = Answer<'getAgent'>
export type AgentInput = Body<'createAgent'>
export type AgentChange = Body<'changeAgent'>
export type AgentCredentialInput = Body<'createAgentCredential'>
export type AgentFilter = Filter<'listAgents'>

export type AuditEvent = Item<'listAuditEvents'>
export type AuditFilter = Filter<'listAuditEvents'>
