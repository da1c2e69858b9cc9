// The wire of Behalf, by hand, so that this folder stands on its own; a test compares it with the contracts.

/** The codes of RFC 9457 problems; `{origin}/docs/errors` explains each. */
export type ErrorCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'invalid_json'
  | 'bad_request'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'invalid_request'
  | 'idempotency_mismatch'
  | 'idempotency_in_progress'
  | 'conflict'
  | 'insufficient_scope'
  | 'policy_denied'
  | 'reauthorization_required'
  | 'user_mismatch'
  | 'account_mismatch'
  | 'session_expired'
  | 'session_used'
  | 'ambiguous_account'
  | 'account_paused'
  | 'rate_limited'
  | 'upstream_rate_limited'
  | 'upstream_error'
  | 'upstream_rejected'
  | 'upstream_timeout'
  | 'circuit_open'
  | 'unavailable'
  | 'internal'

/** What a problem carries beside its code, where it applies. */
export type ProblemFacts = {
  detail?: string
  param?: string
  errors?: readonly { path: string; message: string }[]
  retry_after_seconds?: number
  /** The name of the limit that was reached. */
  limit?: string
  connect_url?: string
  required_scopes?: readonly (readonly string[])[]
  granted_scopes?: readonly string[]
  policy_ids?: readonly string[]
  upstream?: { status: number; body: unknown }
  /** What kind of failure a tool call ended in, whatever its provider calls it. */
  category?:
    | 'auth'
    | 'permission'
    | 'not_found'
    | 'invalid'
    | 'conflict'
    | 'rate_limit'
    | 'transient'
    | 'permanent'
    | 'unknown_outcome'
  outcome?: 'unknown'
  execution_id?: string
  retryable?: boolean
}

export type Page<Item> = { data: Item[]; has_more: boolean; next_cursor: string | null }

/** Where in a list, and how much of it. */
export type PageQuery = { limit?: number | undefined; cursor?: string | undefined }

export type ConnectSessionInput = {
  /** May be left out by a key that one organization restricts. */
  org_id?: string | undefined
  user_id: string
  user?: { email?: string | undefined; name?: string | undefined; groups?: string[] | undefined } | undefined
  /** Which to offer; without it, all. */
  connectors?: string[] | undefined
  /** What the product needs, by connector. */
  scopes?: Record<string, string[]> | undefined
  /** Reconnects or upgrades this account. */
  connected_account_id?: string | null | undefined
  return_url?: string | null | undefined
  embed_origins?: string[] | undefined
  locale?: string | undefined
  /** The agents that the consent is given to; without one, the product itself. */
  agents?: string[] | undefined
  purpose?: string | undefined
  /** Why each group of permissions is wanted, by risk; without it, what the connector says. */
  purposes?: Partial<Record<'read' | 'write' | 'send' | 'admin', string>> | undefined
  /** `screen` mails a one-time code to `user.email`, which whoever finishes has to enter. */
  confirmation?: 'host' | 'screen' | undefined
  /** `manage` opens the person's own page: what agents hold, with ways to end it; default `connect`. */
  kind?: 'connect' | 'manage' | undefined
  /** Mails `hosted_url` to `user.email`. */
  deliver?: { email: true } | undefined
  expires_in_seconds?: number | undefined
}

export type SessionStatus =
  | 'open'
  | 'authorizing'
  | 'awaiting_confirmation'
  | 'completed'
  | 'declined'
  | 'failed'
  | 'expired'
  | 'cancelled'

export type ConnectSession = {
  id: string
  org_id: string
  user_id: string
  kind: 'connect' | 'manage'
  status: SessionStatus
  status_reason: string | null
  connectors: string[]
  connected_account_id: string | null
  return_url: string | null
  expires_at: string
  created_at: string
}

/** The only answer that has the token and the links. */
export type CreatedConnectSession = ConnectSession & {
  token?: string | undefined
  url?: string | undefined
  hosted_url?: string | undefined
}

/** Who the host says has finished, and the code that arrived at its return_url. */
export type Confirmation = { user_id: string; confirmation_code: string }

export type AccountStatus = 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked'

export type ConnectedAccount = {
  id: string
  org_id: string
  user_id: string
  connector: string
  status: AccountStatus
  status_reason: string | null
  account: { id: string; label: string }
  connection: {
    id: string
    scopes: string[]
    consented_at: string
    consented_by: string
    receipt_url: string
    /** When the consent ends by itself; `null` for never. */
    expires_at: string | null
  } | null
  credential_expires_at: string | null
  created_at: string
  last_used_at: string | null
}

export type AccountFilter = {
  org_id?: string | undefined
  user_id?: string | undefined
  connector?: string | undefined
  status?: AccountStatus | undefined
}

export type RevokedAccount = ConnectedAccount & {
  stopped: true
  /** What became of it at the provider; `pending` is being tried again. */
  upstream: 'revoked' | 'unsupported' | 'pending' | 'unconfirmed'
}

export type Effect = 'read' | 'write' | 'send' | 'delete' | 'admin'

export type Tool = {
  name: string
  title: string
  description: string
  connector: string
  input_schema: Record<string, unknown>
  output_schema: Record<string, unknown>
  /** Alternatives of conjunctions. */
  scopes: string[][]
  effect: Effect
  idempotent: boolean
  /** The file that it takes (`in`) or gives (`out`). */
  file: { direction: 'in' | 'out'; bytes_max: number; media_types: string[] | null } | null
  /** Whether the asked user has granted what it needs. */
  available: boolean
  missing: string[]
}

export type ToolFilter = {
  org_id?: string | undefined
  /** Whose grants `available` and `missing` answer for. */
  user_id?: string | undefined
  connector?: string | undefined
  q?: string | undefined
}

type Scalar = string | number | boolean | null

/** Narrows one call; it permits nothing that the caller may not do anyway. */
export type AuthorizationDetail = {
  type: 'behalf_tool_call'
  /** Names, or `connector.*`. */
  tools?: string[] | undefined
  connected_account_ids?: string[] | undefined
  /** What must hold of the params, by JSON pointer. */
  params?:
    | Record<
        string,
        {
          equals?: Scalar | undefined
          enum?: Scalar[] | undefined
          min?: number | undefined
          max?: number | undefined
          /** The whole text; `*` stands for any run of characters. */
          pattern?: string | undefined
          absent?: true | undefined
        }
      >
    | undefined
  expires_at?: string | undefined
  /** Good for one call. */
  jti?: string | undefined
}

/** Names either the account, or the user whose one usable account it is. */
export type ExecuteInput = {
  connected_account_id?: string | undefined
  org_id?: string | undefined
  user_id?: string | undefined
  tool_name: string
  params?: Record<string, unknown> | undefined
  /** The approval of this very call, by whoever asked for it. */
  approval_id?: string | undefined
  /** All stages but the call. */
  dry_run?: boolean | undefined
  /** RFC 9396; the call must be within one of them. */
  authorization_details?: AuthorizationDetail[] | undefined
  context?:
    | {
        run_id?: string | undefined
        step?: string | number | undefined
        model?: string | undefined
        prompt_ref?: string | undefined
        usage?: Record<string, number> | undefined
      }
    | undefined
}

export type Executed = {
  execution_id: string | null
  status: 'succeeded' | 'dry_run'
  output: unknown
  trace_id: string
  duration_ms: number
  /** What was done to the output before you saw it; absent where that was nothing. */
  content?:
    | {
        trust: 'untrusted_provider_data'
        redactions: number
        masked: { [Kind in 'email' | 'phone' | 'iban' | 'card' | 'ip']?: number }
        omitted?: 'too_large' | 'unreadable' | undefined
      }
    | undefined
  /** In a dry run: whether people would have to approve. */
  approval_required?: boolean | undefined
}

/** A call that people have to approve first; it is made once, as soon as they have. */
export type PendingApproval = {
  status: 'pending_approval'
  approval_id: string
  expires_at: string
}

export type ApprovalStatus =
  | 'pending'
  | 'approved'
  | 'denied'
  | 'expired'
  | 'withdrawn'
  | 'refused'
  | 'executing'
  | 'executed'

/** A call that waits for people, or waited. */
export type Approval = {
  id: string
  org_id: string
  /** On whose behalf. */
  user_id: string
  connected_account_id: string
  connector: string
  tool_name: string
  effect: Effect
  requested_by: { type: string; id: string }
  policy: { engine: string; policy_ids: string[]; reason: string | null }
  status: ApprovalStatus
  quorum: number
  /** Oldest first. */
  votes: {
    approves: boolean
    decided_by: { type: string; id: string; user_id: string | null }
    reason: string | null
    decided_at: string
  }[]
  execution_id: string | null
  execution_status: 'running' | 'succeeded' | 'failed' | 'unknown' | null
  error_code: string | null
  created_at: string
  expires_at: string
  decided_at: string | null
  finished_at: string | null
}

export type ApprovalDetail = Approval & {
  /** What would be sent; for approvers and for whoever asked. */
  params: unknown
  authorization_details: unknown
  /** What the call answered; for whoever asked, until `output_expires_at`. */
  output: unknown
  output_expires_at: string | null
}

export type ApprovalFilter = {
  org_id?: string | undefined
  user_id?: string | undefined
  tool_name?: string | undefined
  status?: ApprovalStatus | undefined
}

/** `decided_by` is the `user_id` of the person for whom your backend speaks. */
export type Approve = { reason?: string | undefined; decided_by?: string | undefined }

/** The reason is told to whoever asked. */
export type Deny = { reason: string; decided_by?: string | undefined }

export type AuditOutcome = 'allowed' | 'denied' | 'failed' | 'unknown'

export type AuditEvent = {
  id: string
  chain: string
  sequence: number
  occurred_at: string
  action: string
  outcome: AuditOutcome
  org_id: string
  user_id: string | null
  actor: { type: string; id: string }
  agent_id: string | null
  connected_account_id: string | null
  connection_id: string | null
  tool_name: string | null
  scopes_required: string[]
  scopes_granted: string[]
  policy: { engine: string; decision: string; policy_ids: string[] } | null
  params_hmac: string | null
  changed_fields: string[]
  error_code: string | null
  duration_ms: number | null
  trace_id: string | null
  ip: string | null
  user_agent: string | null
  details: Record<string, string | number | boolean | null>
  prev_hash: string
  hash: string
}

export type AuditFilter = {
  org_id?: string | undefined
  actor?: string | undefined
  action?: string | undefined
  user_id?: string | undefined
  connected_account_id?: string | undefined
  tool_name?: string | undefined
  outcome?: AuditOutcome | undefined
  since?: string | undefined
  until?: string | undefined
}
