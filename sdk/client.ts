import { BehalfError } from './error.ts'
import { download, type FileToSend, upload } from './files.ts'
import { pause } from './pause.ts'
import { createRequest } from './request.ts'
import { type Call, type ClientOptions, createTransport, type Once } from './transport.ts'
import type {
  AccountFilter,
  AgentChange,
  AgentCredentialInput,
  AgentFilter,
  AgentInput,
  ApprovalFilter,
  Approve,
  AuditFilter,
  Confirmation,
  ConnectSession,
  ConnectSessionInput,
  Deny,
  ExecuteInput,
  ExecutionFilter,
  ImportInput,
  Page,
  PageQuery,
  RequirementsInput,
  SessionStatus,
  Tool,
  ToolFilter,
} from './types.ts'
import { type ToolsFor, toolsFor } from './user-tools.ts'

type Wait = {
  /** Longest wait in milliseconds; without it, as long as the session lives. */
  timeoutMs?: number
  /** Pause between two looks in milliseconds. */
  intervalMs?: number
  signal?: AbortSignal
}

const final: readonly SessionStatus[] = ['completed', 'declined', 'failed', 'expired', 'cancelled']

export type BehalfClient = ReturnType<typeof createClient>

/**
 * A client of one deployment. What does not succeed rejects with a `BehalfError`, and what was aborted with the
 * signal's own reason.
 */
export function createClient(options: ClientOptions) {
  const send = createTransport(options)
  const request = createRequest(send, options.baseUrl)

  return {
    /** Any operation of the reference, by its name: `request('createPolicy', { body })`. */
    request,

    connectSessions: {
      /** Invites a user; send them to `url` or `hosted_url`. Sent once: its links are in this answer only. */
      create: (body: ConnectSessionInput, call?: Once) => request('createConnectSession', { body }, call),
      get: (id: string, call?: Call) => request('getConnectSession', { path: { id } }, call),
      /** Vouches for who finished, with the code that arrived at your `return_url`. */
      confirm: (id: string, body: Confirmation, call?: Once) =>
        request('confirmConnectSession', { path: { id }, body }, call),
      cancel: (id: string, call?: Call) => request('cancelConnectSession', { path: { id } }, call),
    },

    connectedAccounts: {
      list: (query: AccountFilter & PageQuery = {}, call?: Call) =>
        request('listConnectedAccounts', { query }, call),
      get: (id: string, call?: Call) => request('getConnectedAccount', { path: { id } }, call),
      /** Takes over credentials that the user gave to another system. Nothing gives them out again. */
      import: (body: ImportInput, call?: Once) => request('importConnectedAccount', { body }, call),
      /** Stops all use at once and revokes at the provider; the answer reports both. */
      revoke: (id: string, reason?: string, call?: Once) =>
        request(
          'revokeConnectedAccount',
          { path: { id }, body: reason === undefined ? {} : { reason } },
          call,
        ),
      /** The consents of an account. */
      connections: (id: string, call?: Call) => request('listConnections', { path: { id } }, call),
      /** The signed copy of a consent, by the id of its connection (`cn_…`). */
      receipt: (connectionId: string, call?: Call) =>
        request('getReceipt', { path: { id: connectionId } }, call),
    },

    tools: {
      list: (query: ToolFilter & PageQuery = {}, call?: Call): Promise<Page<Tool>> =>
        // Without `format` the answer is tools and no other shape.
        request('listTools', { query }, call) as Promise<Page<Tool>>,
      /** The tools of a user for the named connectors, ready to hand to a model or a framework. */
      get: (who: ToolsFor, call: Call = {}) => toolsFor(request, who, call),
      /** What is still missing to run tools for a user, as a connect session should ask for it. */
      requirements: (body: RequirementsInput, call?: Call) => request('toolRequirements', { body }, call),
      /**
       * Runs one tool on behalf of a user. Two equal calls are two calls, unless people have to approve them or both
       * come with the same `idempotencyKey`.
       */
      execute: (body: ExecuteInput, call?: Once) => request('executeTool', { body }, call),
      /** As `execute`, for a tool that takes a file. */
      upload: (input: ExecuteInput, file: FileToSend, call: Once = {}) => upload(send, input, file, call),
      /** As `execute`, for a tool that gives a file. */
      download: (input: ExecuteInput, call: Call = {}) => download(send, input, call),
    },

    executions: {
      list: (query: ExecutionFilter & PageQuery = {}, call?: Call) =>
        request('listExecutions', { query }, call),
      /** How a call ended, such as one whose answer was lost. */
      get: (id: string, call?: Call) => request('getExecution', { path: { id } }, call),
    },

    /** What `execute` answers as `pending_approval` waits here. */
    approvals: {
      list: (query: ApprovalFilter & PageQuery = {}, call?: Call) =>
        request('listApprovals', { query }, call),
      /** How it stands; for whoever asked also what the call answered. */
      get: (id: string, call?: Call) => request('getApproval', { path: { id } }, call),
      approve: (id: string, body: Approve = {}, call?: Once) =>
        request('approveApproval', { path: { id }, body }, call),
      deny: (id: string, body: Deny, call?: Once) => request('denyApproval', { path: { id }, body }, call),
      /** By whoever asked, as long as the call is not being made. */
      withdraw: (id: string, call?: Call) => request('withdrawApproval', { path: { id } }, call),
    },

    agents: {
      create: (body: AgentInput, call?: Once) => request('createAgent', { body }, call),
      list: (query: AgentFilter & PageQuery = {}, call?: Call) => request('listAgents', { query }, call),
      get: (id: string, call?: Call) => request('getAgent', { path: { id } }, call),
      change: (id: string, body: AgentChange, call?: Call) =>
        request('changeAgent', { path: { id }, body }, call),
      /** Ends all that it may, at once, its live tokens included. */
      disable: (id: string, call?: Once) => request('disableAgent', { path: { id } }, call),
      /** What it proves itself with. A secret is in this answer only, so that it is sent once. */
      createCredential: (id: string, body: AgentCredentialInput, call?: Once) =>
        request('createAgentCredential', { path: { id }, body }, call),
      credentials: (id: string, call?: Call) => request('listAgentCredentials', { path: { id } }, call),
    },

    auditEvents: {
      /** Newest first. */
      list: (query: AuditFilter & PageQuery = {}, call?: Call) => request('listAuditEvents', { query }, call),
    },

    /**
     * Waits until a session has come to its end, whichever it is: look at `status`. Somebody has to confirm it.
     * @throws BehalfError `timeout` when it has not
     */
    async waitForConnection(id: string, wait: Wait = {}): Promise<ConnectSession> {
      const { intervalMs = 1_000, signal } = wait
      const until = performance.now() + (wait.timeoutMs ?? Number.POSITIVE_INFINITY)
      for (;;) {
        const session = await request('getConnectSession', { path: { id } }, signal ? { signal } : {})
        if (final.includes(session.status)) return session
        if (performance.now() + intervalMs > until) {
          throw new BehalfError(0, { code: 'timeout', detail: `the session is still ${session.status}` })
        }
        await pause(intervalMs, signal)
      }
    },
  }
}
