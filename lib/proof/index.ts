/**
 * Types only. Each stage of the pipeline (ARCHITECTURE.md "The pipeline") takes the proof that the stage above
 * minted, so a skipped or reordered stage does not compile. A proof is minted by a cast in exactly one room:
 * `Caller` in identity, `Tenant` in db (the reads before a tenant is known) and tenancy (an org about to be made), `Going` and `Cleared` in limits,
 * `Granted` in scopes, `Asked` and `Allowed` in policy (and `Allowed` in approvals, from an `Asked` that people approved), `Intent` in broker.
 * scripts/check-boundaries.ts refuses the cast anywhere else.
 */
declare const proof: unique symbol
type Proof<Name extends string, Facts> = Readonly<Facts> & { readonly [proof]: Name }

/** Internal UUIDs. A plain string on purpose: an id proves nothing, only a proof does. */
type Uuid = string

/** The organization in which this piece of work happens; every read and write of tenant data asks for one. */
export type Tenant = Proof<'Tenant', { orgId: Uuid; externalId: string }>

/** An agent of an org's, or of the deployment's. */
type AgentRef = Readonly<{ agentOrgId: Uuid; agentId: Uuid }>

type AgentCaller = AgentRef & {
  kind: 'agent'
  reach: Tenant
  /** On whose behalf; `null` for the agent's own. */
  userId: Uuid | null
  /** The agents that passed the authority on, the nearest first (RFC 8693 §4.1); the caller is not among them. */
  via?: readonly AgentRef[]
  /** The scopes of its token; absent where nothing but the consents narrows it. */
  permissions?: readonly string[]
  /** The person's own consent to this client on the authorization server's page. */
  grantId?: Uuid | null
  /** RFC 9396: what its token was narrowed to. */
  authorizationDetails?: readonly Readonly<Record<string, unknown>>[]
  /** RFC 8707: which of our resources its token is good at. */
  resource?: string
  /** SHA-256 of its token's `jti`, base64url: by it a token that was taken back is known. */
  tokenDigest?: string
  /** What there is in the toolset that it calls through, `null` for everything; absent where it calls through none. */
  toolset?: Readonly<{ connectors: readonly string[] | null; tools: readonly string[] | null }>
}

/** Who calls, authenticated. `reach` is the org that the credential is bound to; `null` reaches every org. */
export type Caller = Proof<
  'Caller',
  | {
      kind: 'key'
      keyId: Uuid | null
      reach: Tenant | null
      root: boolean
      mayExecute: boolean
      roles: readonly string[]
    }
  | AgentCaller
  | { kind: 'end_user'; sessionId: Uuid; reach: Tenant; userId: Uuid }
  /** A person's browser with the host's word for who they are; it makes a session for them and nothing else. */
  | { kind: 'sso'; keyId: Uuid; reach: Tenant; userId: string }
  /** An identity provider that keeps an org's people and groups, and reaches nothing else. */
  | { kind: 'scim'; tokenId: Uuid; reach: Tenant }
  | { kind: 'admin'; memberId: Uuid; home: Tenant; reach: Tenant | null; role: string }
  | { kind: 'system'; reach: null; name: string }
>

/** What a consent is limited to at the provider, by kind; a kind that is absent is not limited. */
export type Limits = Readonly<Record<string, readonly Readonly<{ id: string; label: string }>[]>>

/** No stop holds for whoever calls, for the tool, its connector, the org, or everybody. */
export type Going = Proof<'Going', { tenant: Tenant }>

/** The connection that an execution runs under: the scopes its tool needs are granted, its params lie within the limits. */
export type Granted = Proof<
  'Granted',
  {
    tenant: Tenant
    accountId: Uuid
    connectionId: Uuid
    connector: string
    userId: Uuid
    userExternalId: string
    authConfigOrgId: Uuid
    authConfigId: Uuid
    scopesRequired: readonly string[]
    scopesGranted: readonly string[]
    /** `null` for all that the account reaches. */
    limits: Limits | null
    /** Authorization details that are good for one call and are used up in the transaction of its intent. */
    spending: readonly Readonly<{ jti: string; expiresAt: string }>[]
  }
>

/** A granted call for whose user no stop holds: only such a one is put before policy. */
export type Cleared = Proof<'Cleared', { granted: Granted }>

/** What decided, and how; kept with the audit event. */
export type Decision = Readonly<{
  engine: string
  /** `ask`: allowed as soon as people have approved this exact call. */
  decision: 'allow' | 'deny' | 'ask'
  policyIds: readonly string[]
  /** Kinds of personal data that are masked in the answer, such as `email`. */
  masks?: readonly string[]
  /** With `ask`: how many people must approve, and how long they have (`null` for the deployment's usual time). */
  approval?: Readonly<{ quorum: number; expires_in_seconds: number | null }>
}>

/**
 * What a policy judges, as plain JSON: kept with the execution, so that another policy can be tried on past traffic.
 * @see ARCHITECTURE.md "The pipeline"
 */
export type CallFacts = Readonly<{
  caller: Readonly<{ type: string; id: string }>
  agent: Readonly<{
    id: string
    name: string
    owner: string | null
    purpose: string | null
    team: string | null
    environment: string | null
  }> | null
  /** Every agent that the call went through by its id, the one that calls first; more than one is a call that was passed on. */
  actors: readonly string[]
  /** On whose behalf. */
  user: Readonly<{ id: string; groups: readonly string[] }>
  org: Readonly<{ id: string; timezone: string }>
  account: string
  connector: string
  tool: string
  effect: string
  /** The widest of the scopes that the call uses. */
  risk: string
  params: unknown
  /** What the call names at the provider, by kind, as far as its params tell. */
  resources: readonly Readonly<{ kind: string; id: string }>[]
  /** The domains of every e-mail address among the params, in lower case: who would hear of it. */
  email_domains: readonly string[]
  /** RFC 3339, UTC. */
  time: string
  /** The same moment in the org's zone; `weekday` 1 is Monday. */
  local: Readonly<{
    date: string
    weekday: number
    hour: number
    minute: number
    /** When Monday began there: RFC 3339, UTC. */
    week_start: string
  }>
  ip: string | null
  /** Calls of this caller on this account and tool that reached the provider, lately. */
  usage: Readonly<{ last_hour: number; last_day: number; last_week: number }>
}>

/** A granted call that may be made as soon as people have approved it; only lib/approvals turns it into `Allowed`. */
export type Asked = Proof<
  'Asked',
  {
    granted: Granted
    decision: Decision
    /** In the words of the policy, for whoever is asked. */
    reason: string | null
  }
>

/** A granted call that policy allows, by itself or after an approval. Its decision always says `allow`. */
export type Allowed = Proof<
  'Allowed',
  {
    granted: Granted
    decision: Decision
    /** The approval that this very call uses up, in the transaction of its intent. */
    approval?: Readonly<{ id: Uuid; callHmac: string }>
  }
>

/** An allowed call whose execution row is committed: only with this may anything leave for the provider. */
export type Intent = Proof<'Intent', { executionId: Uuid; allowed: Allowed; startedAt: Date }>
