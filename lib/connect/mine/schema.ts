import type { Effect, Risk } from '#lib/connector-kit/schema'
import type { LetIn } from '../agent-grants/schema.ts'

/** One scope in words; a scope that the connector does not know any more has only its name. */
export type WordedScope = { scope: string; does: string; risk: Risk | null }

/** What a person sees of the approval that a connector needs. */
export type RequestScreen = {
  state: 'form' | 'waiting' | 'approved' | 'denied' | 'expired' | 'not_needed'
  organization: string
  connector: { id: string; name: string }
  /** The agents that would be let in; none means the product itself. */
  agents: readonly string[]
  scopes: readonly WordedScope[]
  /** What whoever decided says. */
  note: string | null
  askedAt: string | null
  /** When the question, or the approval, runs out. */
  expiresAt: string | null
}

/** Something that happened with an account. Parameters and results are sealed, and are not part of it. */
export type Happening = {
  id: string
  at: string
  what:
    | 'used'
    | 'connected'
    | 'changed'
    | 'paused'
    | 'resumed'
    | 'ended'
    | 'ended_there'
    | 'lost'
    | 'restored'
  outcome: 'allowed' | 'denied' | 'failed' | 'unknown'
  by: 'you' | 'agent' | 'product' | 'admin' | 'system'
  /** The agent's or the product's name. */
  name: string | null
  tool: { title: string; effect: Effect } | null
}

/** One of a person's accounts, as they see it. */
export type MineAccount = {
  id: string
  connector: { id: string; name: string }
  label: string
  status: 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked'
  pausedBy: readonly ('user' | 'admin')[]
  /** Names of all that may use it. */
  grantees: readonly string[]
  scopes: readonly WordedScope[]
  purpose: string | null
  /** What it is limited to at the provider, by kind, such as repositories; empty for all that the account reaches. */
  limits: readonly { kind: string; title: string; items: readonly { id: string; label: string }[] }[]
  /** When it was allowed last, in the words that count now. */
  since: string | null
  /** When it ends by itself; `null` for not before it is taken back. */
  until: string | null
  lastUsedAt: string | null
  /** What became of it at the provider once it was ended here. */
  endedThere: 'pending' | 'revoked' | 'unsupported' | 'unconfirmed' | null
  endedAt: string | null
  recent: readonly Happening[]
}

/** Accounts by who may use them. */
export type MineAgent = {
  /** `null` for the product itself. */
  id: string | null
  name: string
  owner: string | null
  purpose: string | null
  accounts: readonly MineAccount[]
}

/** Which agents hold which of a person's accounts. */
export type MineView = {
  organization: string
  user: { id: string; name: string | null }
  agents: readonly MineAgent[]
  /** Clients that the person let in on the authorization server's page. */
  letIn: readonly LetIn[]
  /** Ended not long ago. */
  ended: readonly MineAccount[]
  returnUrl: string | null
}

/** One consent that an account was under. */
export type MineConsent = {
  id: string
  at: string
  until: string | null
  scopes: readonly WordedScope[]
  grantees: readonly string[]
  current: boolean
}

/** One account with all that is known of it. */
export type MineDetail = {
  organization: string
  account: MineAccount
  history: readonly MineConsent[]
}
