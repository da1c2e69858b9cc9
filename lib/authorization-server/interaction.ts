// What the authorization server and its pages say to each other: the server says what is asked, the pages say what the
// person decided. Types only.

/** How a client came to be known: RFC 7591 registration, a client ID metadata document, or an admin's own entry. */
export type ClientKind = 'agent' | 'dcr' | 'cimd'

/** A client as a person is to see it. Name, address and logo are the client's own word; the redirect host is not. */
export type AskingClient = {
  kind: ClientKind
  clientId: string
  /** Attacker-controlled. */
  name: string
  /** Attacker-controlled; https, or `null`. */
  uri: string | null
  /** Host (and port, on loopback) or private-use scheme that the answer goes to: what the person can check. `null` for a device. */
  redirectHost: string | null
  /** A loopback address or a private-use scheme: an app on the person's own machine, which anybody could claim to be. */
  local: boolean
}

/** What a client waits for an answer to. */
export type Interaction = {
  /** Names the interaction in the address of its page; worth nothing without its cookie. */
  uid: string
  /** What is missing now. */
  prompt: 'login' | 'consent'
  client: AskingClient
  /** The scopes that are asked for, of those that there are. */
  scopes: readonly string[]
  /** RFC 8707: one of our own resources. */
  resource: string
  /** The org whose resource it is, by its external id; `null` where the resource is every org's. */
  orgId: string | null
  /** RFC 9396 details of type `behalf_tool_call`. */
  authorizationDetails: readonly Readonly<Record<string, unknown>>[]
  /** BCP 47, as asked for by the client. */
  locales: readonly string[]
  /** Who is signed in at the authorization server in this browser. */
  account: SignedIn | null
}

/** Internal ids of an org and its end user. */
export type SignedIn = { orgId: string; userId: string }

/** What a page answers an interaction with. */
export type Decision =
  | { kind: 'signed_in'; account: SignedIn; authTime: Date }
  /** `grantId` is the `agent_grants` row that was written for it. */
  | { kind: 'consented'; grantId: string; scopes: readonly string[]; expiresAt: Date | null }
  | { kind: 'refused' }
