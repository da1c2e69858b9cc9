// What the authorization server needs to know of the agents that come to it as OAuth clients. Types only.
import type { Tenant } from '#lib/proof'

/** An agent as an OAuth client: `client_id` is its public id. */
export type AgentClient = {
  /** The org it belongs to, or the deployment. */
  home: Tenant
  agentId: string
  /** `ag_…` */
  clientId: string
  name: string
  team: string | null
  environment: string | null
  redirectUris: readonly string[]
  /** Public keys of its credentials for `private_key_jwt` that are in force, as JWKs. */
  jwks: readonly Readonly<Record<string, unknown>>[]
  /** Whether it has a client secret in force. */
  hasSecret: boolean
  /** Whether it trusts other issuers' tokens in place of a secret. */
  hasFederated: boolean
  /** SHA-256 thumbprints of certificates (RFC 8705), base64url. */
  certificateThumbprints: readonly string[]
}

/** Reads an agent by its public id; `null` for one that is not there, disabled, or without any credential in force. */
export type ReadAgentClient = (clientId: string) => Promise<AgentClient | null>

/** Whether this is one of the agent's secrets in force. Takes the same time whether it is or not. */
export type CheckAgentSecret = (clientId: string, secret: string) => Promise<boolean>

/**
 * The agent that a workload's own token proves to be (SPIFFE JWT-SVID, GitHub, GitLab, Kubernetes OIDC), by the federated
 * credentials of `clientId`.
 * @param audience what the token has to be meant for
 * @throws AppError `unauthenticated`
 */
export type VerifyFederated = (clientId: string, assertion: string, audience: string) => Promise<void>
