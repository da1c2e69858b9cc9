// Made from the OpenAPI document by scripts/sdk-wire.ts; wire.test.ts says how to make it anew.

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
  type: string
  title: string
  status: number
  detail: string
  trace_id: string
  retryable: boolean
  param?: string
  errors?: {
    path: string
    message: string
  }[]
  retry_after_seconds?: number
  /** The name of the limit that was reached */
  limit?: string
  /** What kind of failure a tool call ended in, whatever its provider calls it */
  category?: 'auth' | 'permission' | 'not_found' | 'invalid' | 'conflict' | 'rate_limit' | 'transient' | 'permanent' | 'unknown_outcome'
  /** Where the user grants what is missing; ends in a consent screen */
  connect_url?: string
  /** Alternatives of conjunctions */
  required_scopes?: string[][]
  granted_scopes?: string[]
  policy_ids?: string[]
  /** The refusal of the provider itself */
  upstream?: {
    status: number
    body: unknown
  }
  /** The call may have had its effect; look the execution up before repeating it */
  outcome?: 'unknown'
  execution_id?: string
}

/** What each operation takes and answers. */
export type Wire = {
  /** Let one of the deployment's agents into an organization */
  admitAgent: {
    path: {
      id: string
      org_id: string
    }
    query: undefined
    body: undefined
    answer: {
      agent_id: string
      org_id: string
      created_at: string
    }
  }
  /** Approve a call that waits */
  approveApproval: {
    path: {
      id: string
    }
    query: undefined
    body: {
      reason?: string | undefined
      /** Who of your users decides; without one the key itself does. Nobody may approve what they asked for */
      decided_by?: string | undefined
    }
    answer: {
      id: string
      org_id: string
      /** On whose behalf */
      user_id: string
      connected_account_id: string
      connector: string
      tool_name: string
      effect: 'read' | 'write' | 'send' | 'delete' | 'admin'
      requested_by: {
        type: string
        id: string
      }
      /** What asks */
      policy: {
        engine: string
        policy_ids: string[]
        /** In the words of the policy */
        reason: string | null
      }
      /** approved waits to be executed; refused was approved, and then refused by policy, consent or a stop; executed says nothing of how it ended: execution_status does */
      status: 'pending' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'refused' | 'executing' | 'executed'
      /** How many must approve */
      quorum: number
      /** Oldest first */
      votes: ({
        approves: boolean
        decided_by: {
          type: string
          id: string
          user_id: string | null
        }
        reason: string | null
        decided_at: string
      })[]
      execution_id: string | null
      execution_status: 'running' | 'succeeded' | 'failed' | 'unknown' | null
      /** Of the refusal, or of the execution */
      error_code: string | null
      created_at: string
      expires_at: string
      decided_at: string | null
      finished_at: string | null
    }
  }
  /** Approve a request */
  approveConnectionRequest: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Told to the person who asks */
      reason?: string | undefined
      /** Who of your users decides; nobody may approve what they asked for themselves */
      decided_by?: string | undefined
    }
    answer: {
      id: string
      org_id: string
      user_id: string
      connect_session_id: string
      connector: string
      /** What an approval covers at most */
      scopes: string[]
      /** The grantees; empty for the product itself */
      agents: string[]
      /** In the words of the person who asks */
      reason: string
      /** approved is good for one connection, until expires_at; used once it was made */
      status: 'pending' | 'approved' | 'denied' | 'expired' | 'used'
      /** What whoever decided says to that person */
      note: string | null
      decided_by: {
        type: string
        id: string
        user_id: string | null
      } | null
      decided_at: string | null
      /** The connection that the approval was used for */
      connection_id: string | null
      created_at: string
      expires_at: string
    }
  }
  /** Withdraw an invitation */
  cancelConnectSession: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Change what is known of an agent, and what it may reach; it holds from its next call on */
  changeAgent: {
    path: {
      id: string
    }
    query: undefined
    body: {
      name?: string | undefined
      /** The person who answers for it: best their e-mail address */
      owner?: string | null | undefined
      purpose?: string | null | undefined
      team?: string | null | undefined
      environment?: string | null | undefined
      /** The only connectors that it may use; null for no restriction */
      connectors?: string[] | null | undefined
      /** The only tools that it may use; null for no restriction. With both lists, both hold */
      tools?: string[] | null | undefined
      /** Where it may send people back to, as an OAuth client */
      redirect_uris?: string[] | undefined
      /** How MCP offers it its tools: all in a list, or by search_tools, describe_tool and call_tool */
      tool_discovery?: 'list' | 'search' | undefined
    }
    answer: {
      /** Its `client_id`, where it was registered here */
      id: string
      /** null for one of the deployment */
      org_id: string | null
      name: string
      owner: string | null
      purpose: string | null
      team: string | null
      environment: string | null
      connectors: string[] | null
      tools: string[] | null
      redirect_uris: string[]
      /** How MCP offers it its tools: all in a list, or by search_tools, describe_tool and call_tool */
      tool_discovery: 'list' | 'search'
      /** The member with the address of its owner, where there is one */
      owner_member_id: string | null
      /** `client` for one that registered itself */
      kind: 'registered' | 'client'
      /** What it is called at the authorization server */
      client_id: string
      status: 'active' | 'disabled'
      created_at: string
      /** Exact to the minute */
      last_seen_at: string | null
      disabled_at: string | null
    }
  }
  /** Rename, pause or resume an audit stream */
  changeAuditStream: {
    path: {
      id: string
    }
    query: undefined
    body: {
      name?: string | undefined
      /** A stream that goes on takes up where it was */
      paused?: boolean | undefined
    }
    answer: {
      id: string
      kind: 'https' | 'syslog'
      name: string
      url: string
      every_org: boolean
      has_authorization: boolean
      has_client_certificate: boolean
      since: string
      created_at: string
      paused_at: string | null
      /** Of the chain that the stream belongs to; with every_org, the deployment's own */
      progress: {
        /** The last event that was acknowledged */
        sequence: number
        /** How many more there are */
        behind: number
        /** When the oldest of them happened */
        behind_since: string | null
        delivered_at: string | null
        /** Failures since the last success */
        attempts: number
        retry_at: string | null
        error_code: string | null
      }
    }
  }
  /** Change what is given and leave the rest */
  changeAuthConfig: {
    path: {
      id: string
    }
    query: undefined
    body: {
      name?: string | undefined
      client_id?: string | undefined
      client_secret?: string | undefined
      event_secret?: string | null | undefined
      /** Other addresses of the provider, such as an emulator; for unrestricted keys only */
      base_urls?: Record<string, string> | undefined
      disabled?: boolean | undefined
    }
    answer: {
      id: string
      org_id: string | null
      connector: string
      /** form: people paste a credential of their own; it can be disabled, or pointed elsewhere */
      kind: 'oauth2' | 'form'
      name: string
      /** Empty for a form */
      client_id: string
      /** Register this at the provider */
      redirect_uri: string
      /** Where the provider may tell of consents that ended on its side */
      events_url: string
      /** Whether event_secret is set, by which it proves what it sends there */
      events_signed: boolean
      base_urls: Record<string, string>
      disabled: boolean
      created_at: string
    }
  }
  /** Make new links for this domain from now on */
  changeDomain: {
    path: {
      id: string
      domain_id: string
    }
    query: undefined
    body: {
      /** New links are made for this one from now on */
      primary: true
    }
    answer: {
      id: string
      hostname: string
      status: 'pending' | 'misconfigured' | 'live'
      /** Whether new links are made for it */
      primary: boolean
      /** What to publish */
      records: ({
        type: 'TXT' | 'CNAME'
        name: string
        value: string
      })[]
      /** What the last check found wrong */
      problems: ({
        record: 'TXT' | 'CNAME' | 'resolver' | 'limit' | 'taken'
        name: string
        expected: string | null
        found: string[]
        /** The same in words */
        says: string
      })[]
      /** What the consent screen calls verified: the hostname, or a parent that has the TXT record too */
      verified_domain: string | null
      checked_at: string | null
      live_since: string | null
      /** When a live one ends whose records stay wrong */
      goes_down_at: string | null
      created_at: string
    }
  }
  /** Change how much a limit allows, or its name; it holds from the next call on */
  changeLimit: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Told with a refusal */
      name?: string | undefined
      most?: number | undefined
    }
    answer: {
      id: string
      org_id: string
      name: string
      kind: 'rate' | 'concurrency' | 'daily_calls' | 'daily_cost'
      most: number
      window_seconds: number | null
      per: ('user' | 'agent' | 'account' | 'tool' | 'connector')[]
      agent_id: string | null
      user_id: string | null
      tool_name: string | null
      connector: string | null
      replaces_default: boolean
      created_at: string
      updated_at: string
    }
  }
  /** Give a member another role; their sessions end */
  changeMember: {
    path: {
      id: string
    }
    query: undefined
    body: {
      role: 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'
    }
    answer: {
      id: string
      /** null for an operator of the deployment */
      org_id: string | null
      email: string
      name: string | null
      role: 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'
      /** invited: has never signed in */
      status: 'invited' | 'active' | 'disabled'
      /** Of the last sign-in */
      sign_in_method: 'link' | 'sso' | null
      last_signed_in_at: string | null
      created_at: string
      disabled_at: string | null
    }
  }
  /** Change a case */
  changePolicyCase: {
    path: {
      id: string
    }
    query: undefined
    body: {
      name?: string | undefined
      call?: {
        tool_name: string
        params?: Record<string, unknown> | undefined
        /** null for the product itself */
        agent?: {
          id?: string | undefined
          name?: string | undefined
          owner?: string | null | undefined
          purpose?: string | null | undefined
          team?: string | null | undefined
          environment?: string | null | undefined
        } | null | undefined
        /** The agents that passed the call on to this one, the nearest first */
        via?: string[] | undefined
        user?: {
          id?: string | undefined
          groups?: string[] | undefined
        } | undefined
        account?: string | undefined
        /** Of the scopes that the call uses; without it, that of the tool itself */
        risk?: 'read' | 'write' | 'send' | 'admin' | undefined
        /** A Wednesday noon */
        time?: string | undefined
        /** IANA name; without it, the organization's */
        timezone?: string | undefined
        ip?: string | null | undefined
        usage?: {
          last_hour?: number | undefined
          last_day?: number | undefined
          last_week?: number | undefined
        } | undefined
      } | undefined
      expected?: {
        decision: 'allow' | 'deny' | 'ask'
        /** Those that decide, without the number of the version */
        policy_ids?: string[] | undefined
        masks?: string[] | undefined
        quorum?: number | undefined
      } | undefined
    }
    answer: {
      id: string
      org_id: string
      name: string
      call: {
        tool_name: string
        params: Record<string, unknown>
        /** null for the product itself */
        agent: {
          id: string
          name: string
          owner: string | null
          purpose: string | null
          team: string | null
          environment: string | null
        } | null
        /** The agents that passed the call on to this one, the nearest first */
        via: string[]
        user: {
          id: string
          groups: string[]
        }
        account: string
        /** Of the scopes that the call uses; without it, that of the tool itself */
        risk?: 'read' | 'write' | 'send' | 'admin'
        /** A Wednesday noon */
        time: string
        /** IANA name; without it, the organization's */
        timezone?: string
        ip: string | null
        usage: {
          last_hour: number
          last_day: number
          last_week: number
        }
      }
      expected: {
        decision: 'allow' | 'deny' | 'ask'
        /** Those that decide, without the number of the version */
        policy_ids?: string[]
        masks?: string[]
        quorum?: number
      }
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
    }
  }
  /** Change a draft */
  changePolicyVersion: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Cedar: the policies, 200 at most. OPA: the path of the decision in its data, such as behalf/decision */
      source?: string | undefined
      note?: string | null | undefined
    }
    answer: {
      id: string
      org_id: string
      /** Counts up within the organization */
      number: number
      status: 'draft' | 'in_force' | 'superseded' | 'discarded'
      engine: 'cedar' | 'opa'
      note: string | null
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
      published_by: {
        type: string
        id: string
      } | null
      /** When it was first published: it has not changed since */
      published_at: string | null
      source: string
      problems: ({
        severity: 'error' | 'warning'
        /** From 1 */
        line: number | null
        /** From 1, in letters */
        column: number | null
        message: string
        fix: string | null
      })[]
    }
  }
  /** Change what is given and leave the rest; switch the connection on or off */
  changeSsoConnection: {
    path: {
      id: string
    }
    query: undefined
    body: {
      name?: string | undefined
      issuer?: string | undefined
      client_id?: string | undefined
      client_auth?: 'client_secret_basic' | 'client_secret_post' | 'none' | undefined
      /** Write-only; for another issuer it has to be given again */
      client_secret?: string | undefined
      scopes?: string[] | undefined
      /** The claim of the ID token that lists groups */
      groups_claim?: string | undefined
      /** Whether somebody new with a bound group becomes a member */
      creates_members?: boolean | undefined
      /** Group → role, all of them: what is absent is bound no more */
      role_bindings?: Record<string, 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'> | undefined
      /** One connection is on at a time: this one puts the other off */
      status?: 'on' | 'off' | undefined
    }
    answer: {
      id: string
      /** Null for the connection by which operators sign in */
      org_id: string | null
      name: string
      issuer: string
      client_id: string
      client_auth: 'client_secret_basic' | 'client_secret_post' | 'none'
      has_client_secret: boolean
      scopes: string[]
      groups_claim: string
      creates_members: boolean
      /** Group → role */
      role_bindings: Record<string, 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'>
      status: 'on' | 'off'
      /** Register this at the identity provider */
      redirect_uri: string
      created_at: string
    }
  }
  /** Change what a toolset offers, from the next list or call on */
  changeToolset: {
    path: {
      id: string
    }
    query: undefined
    body: {
      name?: string | undefined
      description?: string | null | undefined
      /** The only agent that it is for; null for every agent */
      agent_id?: string | null | undefined
      /** null for every connector */
      connectors?: string[] | null | undefined
      /** null for every tool of these connectors. With both lists, both hold */
      tools?: string[] | null | undefined
      tool_discovery?: 'list' | 'search' | undefined
    }
    answer: {
      id: string
      org_id: string
      name: string
      description: string | null
      agent_id: string | null
      connectors: string[] | null
      tools: string[] | null
      tool_discovery: 'list' | 'search'
      /** Its MCP endpoint */
      url: string
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
    }
  }
  /** Look the records of a domain up now */
  checkDomain: {
    path: {
      id: string
      domain_id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      hostname: string
      status: 'pending' | 'misconfigured' | 'live'
      /** Whether new links are made for it */
      primary: boolean
      /** What to publish */
      records: ({
        type: 'TXT' | 'CNAME'
        name: string
        value: string
      })[]
      /** What the last check found wrong */
      problems: ({
        record: 'TXT' | 'CNAME' | 'resolver' | 'limit' | 'taken'
        name: string
        expected: string | null
        found: string[]
        /** The same in words */
        says: string
      })[]
      /** What the consent screen calls verified: the hostname, or a parent that has the TXT record too */
      verified_domain: string | null
      checked_at: string | null
      live_since: string | null
      /** When a live one ends whose records stay wrong */
      goes_down_at: string | null
      created_at: string
    }
  }
  /** Vouch for who finished */
  confirmConnectSession: {
    path: {
      id: string
    }
    query: undefined
    body: {
      user_id: string
      confirmation_code: string
    }
    answer: {
      id: string
      org_id: string
      user_id: string
      kind: 'connect' | 'manage'
      status: 'open' | 'authorizing' | 'awaiting_confirmation' | 'completed' | 'declined' | 'failed' | 'expired' | 'cancelled'
      status_reason: string | null
      connectors: string[]
      /** The account that it ended in, or is to renew */
      connected_account_id: string | null
      return_url: string | null
      expires_at: string
      created_at: string
    }
  }
  /** Vouch for who is signed in */
  confirmSignIn: {
    path: {
      handle: string
    }
    query: undefined
    body: {
      user_id: string
      org_id?: string | undefined
    }
    answer: {
      redirect_url: string
    }
  }
  /** Register an agent */
  createAgent: {
    path: undefined
    query: undefined
    body: {
      name: string
      /** The organization it belongs to; without one, the deployment */
      org_id?: string | undefined
      /** The person who answers for it: best their e-mail address */
      owner?: string | null | undefined
      purpose?: string | null | undefined
      team?: string | null | undefined
      environment?: string | null | undefined
      /** The only connectors that it may use; null for no restriction */
      connectors?: string[] | null | undefined
      /** The only tools that it may use; null for no restriction. With both lists, both hold */
      tools?: string[] | null | undefined
      /** Where it may send people back to, as an OAuth client */
      redirect_uris?: string[] | undefined
      /** How MCP offers it its tools: all in a list, or by search_tools, describe_tool and call_tool */
      tool_discovery?: 'list' | 'search' | undefined
    }
    answer: {
      /** Its `client_id`, where it was registered here */
      id: string
      /** null for one of the deployment */
      org_id: string | null
      name: string
      owner: string | null
      purpose: string | null
      team: string | null
      environment: string | null
      connectors: string[] | null
      tools: string[] | null
      redirect_uris: string[]
      /** How MCP offers it its tools: all in a list, or by search_tools, describe_tool and call_tool */
      tool_discovery: 'list' | 'search'
      /** The member with the address of its owner, where there is one */
      owner_member_id: string | null
      /** `client` for one that registered itself */
      kind: 'registered' | 'client'
      /** What it is called at the authorization server */
      client_id: string
      status: 'active' | 'disabled'
      created_at: string
      /** Exact to the minute */
      last_seen_at: string | null
      disabled_at: string | null
    }
  }
  /** Give an agent something to prove itself with, beside what it has */
  createAgentCredential: {
    path: {
      id: string
    }
    query: undefined
    body: {
      kind: 'client_secret'
      /** For people */
      name?: string | undefined
      expires_in_seconds?: number | undefined
    } | {
      kind: 'private_key_jwt'
      /** For people */
      name?: string | undefined
      expires_in_seconds?: number | undefined
      /** The public keys themselves (RFC 7517) */
      jwks?: {
        keys: ({
          kty: 'RSA' | 'EC' | 'OKP'
          kid?: string | undefined
          use?: 'sig' | undefined
          alg?: string | undefined
        } & Record<string, unknown>)[]
      } | undefined
      /** Or where they are published */
      jwks_uri?: string | undefined
    } | {
      kind: 'federated'
      /** For people */
      name?: string | undefined
      expires_in_seconds?: number | undefined
      /** The public keys themselves (RFC 7517), or a SPIFFE trust bundle */
      jwks?: {
        keys: ({
          kty: 'RSA' | 'EC' | 'OKP'
          kid?: string | undefined
          use?: 'sig' | 'jwt-svid' | 'x509-svid' | undefined
          alg?: string | undefined
        } & Record<string, unknown>)[]
      } | undefined
      /** Or where they are published */
      jwks_uri?: string | undefined
      /** What stands in `iss`. Without one, the subject is a SPIFFE ID and the keys are its trust bundle */
      issuer?: string | undefined
      /** What stands in `sub`. It may end in `:*` after a whole repository, project or namespace */
      subject: string
      /** What stands in `aud`; by default this server's issuer */
      audience?: string | undefined
      /** Further claims, each of which must have exactly this value */
      claims?: Record<string, string | number | boolean> | undefined
      /** Whether a token with a `jti` is good once. false for tokens that a workload keeps in a file */
      single_use?: boolean | undefined
    } | {
      kind: 'tls_client_auth'
      /** For people */
      name?: string | undefined
      expires_in_seconds?: number | undefined
      /** SHA-256 of the DER certificate, base64url (RFC 8705 §3.1) */
      certificate_thumbprint: string
    }
    answer: {
      id: string
      agent_id: string
      kind: 'client_secret' | 'private_key_jwt' | 'federated' | 'tls_client_auth'
      name: string | null
      /** Last four characters */
      hint: string | null
      /** Thumbprints of the keys that were registered themselves (RFC 7638) */
      key_ids: string[]
      jwks_uri: string | null
      issuer: string | null
      subject: string | null
      audience: string | null
      claims: Record<string, unknown> | null
      single_use: boolean | null
      certificate_thumbprint: string | null
      status: 'active' | 'expired' | 'revoked'
      created_by: {
        type: string
        id: string
      }
      created_at: string
      expires_at: string | null
      /** Exact to the minute */
      last_used_at: string | null
      revoked_at: string | null
      secret?: string
    }
  }
  /** Make a secret key; its secret is shown this once */
  createApiKey: {
    path: undefined
    query: undefined
    body: {
      name: string
      /** Restricts the key to one organization */
      org_id?: string | undefined
      /** Restricts what the key may do; empty means everything */
      roles?: ('connect' | 'execute' | 'read' | 'manage' | 'approve')[] | undefined
      expires_in_seconds?: number | undefined
    }
    answer: {
      id: string
      name: string
      org_id: string | null
      /** Last four characters */
      hint: string
      roles: string[]
      created_at: string
      expires_at: string | null
      revoked_at: string | null
      secret: string
    }
  }
  /** Sign the head of an organization's chain now */
  createAuditCheckpoint: {
    path: undefined
    query: undefined
    body: {
      org_id?: string | undefined
    }
    answer: {
      chain: string
      org_id: string
      sequence: number
      hash: string
      at: string
      kid: string
      jws: string
      /** Places outside the database that have not taken it yet */
      pending: string[]
    }
  }
  /** Stream audit events to a collector as they happen */
  createAuditStream: {
    path: undefined
    query: undefined
    body: {
      /** Without it an unrestricted key streams the deployment's own events, or every organization's */
      org_id?: string | undefined
      kind: 'https' | 'syslog'
      name: string
      /** https: takes events as NDJSON, oldest first, and a 2xx acknowledges all of them. syslog: syslog+tls://host:6514, RFC 5424 over TLS (RFC 5425) */
      url: string
      /** https: the whole header, such as `Bearer …`; never shown again */
      authorization?: string | undefined
      /** syslog: a private authority to trust in place of the public ones */
      ca_pem?: string | undefined
      /** syslog: what is shown to a collector that asks for a certificate (mutual TLS) */
      client_cert_pem?: string | undefined
      /** syslog: the key of client_cert_pem; sealed, and never shown again */
      client_key_pem?: string | undefined
      /** Events of every organization, and the deployment's: for unrestricted keys without org_id */
      every_org?: boolean | undefined
      /** Events from this moment on, however old; without it, from now on */
      since?: string | undefined
    }
    answer: {
      id: string
      kind: 'https' | 'syslog'
      name: string
      url: string
      every_org: boolean
      has_authorization: boolean
      has_client_certificate: boolean
      since: string
      created_at: string
      paused_at: string | null
      /** Of the chain that the stream belongs to; with every_org, the deployment's own */
      progress: {
        /** The last event that was acknowledged */
        sequence: number
        /** How many more there are */
        behind: number
        /** When the oldest of them happened */
        behind_since: string | null
        delivered_at: string | null
        /** Failures since the last success */
        attempts: number
        retry_at: string | null
        error_code: string | null
      }
    }
  }
  /** Set up our OAuth client at a provider */
  createAuthConfig: {
    path: undefined
    query: undefined
    body: {
      connector: string
      /** The organization it belongs to; without one, the deployment */
      org_id?: string | undefined
      name?: string | undefined
      client_id: string
      /** Write-only */
      client_secret: string
      /** Write-only: the secret with which the provider signs what it sends to events_url */
      event_secret?: string | undefined
      /** Other addresses of the provider, such as an emulator; for unrestricted keys only */
      base_urls?: Record<string, string> | undefined
    }
    answer: {
      id: string
      org_id: string | null
      connector: string
      /** form: people paste a credential of their own; it can be disabled, or pointed elsewhere */
      kind: 'oauth2' | 'form'
      name: string
      /** Empty for a form */
      client_id: string
      /** Register this at the provider */
      redirect_uri: string
      /** Where the provider may tell of consents that ended on its side */
      events_url: string
      /** Whether event_secret is set, by which it proves what it sends there */
      events_signed: boolean
      base_urls: Record<string, string>
      disabled: boolean
      created_at: string
    }
  }
  /** Invite an end user to connect */
  createConnectSession: {
    path: undefined
    query: undefined
    body: {
      /** May be left out by a key that one organization restricts */
      org_id?: string | undefined
      user_id: string
      user?: {
        email?: string | undefined
        name?: string | undefined
        groups?: string[] | undefined
      } | undefined
      /** manage opens the person's own page, where they see and end what agents may do; it takes nothing about connecting */
      kind?: 'connect' | 'manage' | undefined
      /** Which to offer; empty offers all */
      connectors?: string[] | undefined
      /** What the product needs of a connector; without it, what the connector proposes */
      scopes?: Record<string, string[]> | undefined
      /** Reconnects or upgrades this account */
      connected_account_id?: string | null | undefined
      return_url?: string | null | undefined
      embed_origins?: string[] | undefined
      locale?: string | undefined
      /** The grantees; without one, the product itself */
      agents?: string[] | undefined
      purpose?: string | undefined
      /** Why each group of permissions is wanted, by risk; without it, what the connector says */
      purposes?: { [Name in 'read' | 'write' | 'send' | 'admin']?: string } | undefined
      /** screen mails a one-time code to user.email, which whoever finishes has to enter */
      confirmation?: 'host' | 'screen' | undefined
      /** Mails hosted_url to user.email */
      deliver?: {
        email: true
      } | undefined
      expires_in_seconds?: number | undefined
    }
    answer: {
      id: string
      org_id: string
      user_id: string
      kind: 'connect' | 'manage'
      status: 'open' | 'authorizing' | 'awaiting_confirmation' | 'completed' | 'declined' | 'failed' | 'expired' | 'cancelled'
      status_reason: string | null
      connectors: string[]
      /** The account that it ended in, or is to renew */
      connected_account_id: string | null
      return_url: string | null
      expires_at: string
      created_at: string
      token?: string
      url?: string
      hosted_url?: string
    }
  }
  /** Ask for a domain of the organization’s own for its portal */
  createDomain: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Such as connect.example.com; not a whole zone */
      hostname: string
    }
    answer: {
      id: string
      hostname: string
      status: 'pending' | 'misconfigured' | 'live'
      /** Whether new links are made for it */
      primary: boolean
      /** What to publish */
      records: ({
        type: 'TXT' | 'CNAME'
        name: string
        value: string
      })[]
      /** What the last check found wrong */
      problems: ({
        record: 'TXT' | 'CNAME' | 'resolver' | 'limit' | 'taken'
        name: string
        expected: string | null
        found: string[]
        /** The same in words */
        says: string
      })[]
      /** What the consent screen calls verified: the hostname, or a parent that has the TXT record too */
      verified_domain: string | null
      checked_at: string | null
      live_since: string | null
      /** When a live one ends whose records stay wrong */
      goes_down_at: string | null
      created_at: string
    }
  }
  /** Limit how much may be called: a rate, calls at once, calls or cost units of a day */
  createLimit: {
    path: undefined
    query: undefined
    body: {
      org_id?: string | undefined
      /** Told with a refusal */
      name: string
      kind: 'rate' | 'concurrency' | 'daily_calls' | 'daily_cost'
      /** Calls in a window, calls at once, calls of a day (UTC), or cost units of a day */
      most: number
      /** Of a rate, and of nothing else */
      window_seconds?: number | undefined
      /** Counted apart for each of these; for none of them, the calls of the whole organization count together */
      per?: ('user' | 'agent' | 'account' | 'tool' | 'connector')[] | undefined
      /** Holds for the calls of this agent alone, as do the next three in their way */
      agent_id?: string | undefined
      user_id?: string | undefined
      tool_name?: string | undefined
      connector?: string | undefined
      /** In place of the deployment’s default of this kind; only an unrestricted key may say so */
      replaces_default?: boolean | undefined
    }
    answer: {
      id: string
      org_id: string
      name: string
      kind: 'rate' | 'concurrency' | 'daily_calls' | 'daily_cost'
      most: number
      window_seconds: number | null
      per: ('user' | 'agent' | 'account' | 'tool' | 'connector')[]
      agent_id: string | null
      user_id: string | null
      tool_name: string | null
      connector: string | null
      replaces_default: boolean
      created_at: string
      updated_at: string
    }
  }
  /** Forbid tools or effects */
  createPolicy: {
    path: undefined
    query: undefined
    body: {
      org_id?: string | undefined
      name: string
      effect?: 'deny' | undefined
      tools?: string[] | undefined
      effects?: ('read' | 'write' | 'send' | 'delete' | 'admin')[] | undefined
    }
    answer: {
      id: string
      org_id: string
      name: string
      effect: 'deny'
      tools: string[]
      effects: ('read' | 'write' | 'send' | 'delete' | 'admin')[]
      created_at: string
    }
  }
  /** Keep a case that versions have to get right */
  createPolicyCase: {
    path: undefined
    query: undefined
    body: {
      org_id?: string | undefined
      name: string
      call: {
        tool_name: string
        params?: Record<string, unknown> | undefined
        /** null for the product itself */
        agent?: {
          id?: string | undefined
          name?: string | undefined
          owner?: string | null | undefined
          purpose?: string | null | undefined
          team?: string | null | undefined
          environment?: string | null | undefined
        } | null | undefined
        /** The agents that passed the call on to this one, the nearest first */
        via?: string[] | undefined
        user?: {
          id?: string | undefined
          groups?: string[] | undefined
        } | undefined
        account?: string | undefined
        /** Of the scopes that the call uses; without it, that of the tool itself */
        risk?: 'read' | 'write' | 'send' | 'admin' | undefined
        /** A Wednesday noon */
        time?: string | undefined
        /** IANA name; without it, the organization's */
        timezone?: string | undefined
        ip?: string | null | undefined
        usage?: {
          last_hour?: number | undefined
          last_day?: number | undefined
          last_week?: number | undefined
        } | undefined
      }
      expected: {
        decision: 'allow' | 'deny' | 'ask'
        /** Those that decide, without the number of the version */
        policy_ids?: string[] | undefined
        masks?: string[] | undefined
        quorum?: number | undefined
      }
    }
    answer: {
      id: string
      org_id: string
      name: string
      call: {
        tool_name: string
        params: Record<string, unknown>
        /** null for the product itself */
        agent: {
          id: string
          name: string
          owner: string | null
          purpose: string | null
          team: string | null
          environment: string | null
        } | null
        /** The agents that passed the call on to this one, the nearest first */
        via: string[]
        user: {
          id: string
          groups: string[]
        }
        account: string
        /** Of the scopes that the call uses; without it, that of the tool itself */
        risk?: 'read' | 'write' | 'send' | 'admin'
        /** A Wednesday noon */
        time: string
        /** IANA name; without it, the organization's */
        timezone?: string
        ip: string | null
        usage: {
          last_hour: number
          last_day: number
          last_week: number
        }
      }
      expected: {
        decision: 'allow' | 'deny' | 'ask'
        /** Those that decide, without the number of the version */
        policy_ids?: string[]
        masks?: string[]
        quorum?: number
      }
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
    }
  }
  /** Draft a version of the policies */
  createPolicyVersion: {
    path: undefined
    query: undefined
    body: {
      org_id?: string | undefined
      engine?: 'cedar' | 'opa' | undefined
      /** Cedar: the policies, 200 at most. OPA: the path of the decision in its data, such as behalf/decision */
      source: string
      /** What it is for, or what changed */
      note?: string | undefined
    }
    answer: {
      id: string
      org_id: string
      /** Counts up within the organization */
      number: number
      status: 'draft' | 'in_force' | 'superseded' | 'discarded'
      engine: 'cedar' | 'opa'
      note: string | null
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
      published_by: {
        type: string
        id: string
      } | null
      /** When it was first published: it has not changed since */
      published_at: string | null
      source: string
      problems: ({
        severity: 'error' | 'warning'
        /** From 1 */
        line: number | null
        /** From 1, in letters */
        column: number | null
        message: string
        fix: string | null
      })[]
    }
  }
  /** Revoke many accounts: all that match are stopped when this answers */
  createRevocation: {
    path: undefined
    query: undefined
    body: {
      /** Without one, an unrestricted key means every organization */
      org_id?: string | undefined
      /** Needs an org_id */
      user_id?: string | undefined
      connector?: string | undefined
      auth_config_id?: string | undefined
      /** Says that no other filter was forgotten */
      all?: true | undefined
      /** As the audit keeps it */
      reason: string
    }
    answer: {
      batch_id: string
      data: ({
        id: string
        /** The same for all that one call revoked */
        batch_id: string
        /** null for the head of a batch over every organization */
        org_id: string | null
        filter: Record<string, unknown>
        reason: string
        /** running until every provider has been told, or cannot be */
        status: 'running' | 'done'
        accounts: {
          /** No call gets their credentials since created_at */
          stopped: number
          /** The provider confirmed */
          revoked: number
          /** The provider has no such call */
          unsupported: number
          /** The provider did not confirm, or could not be told without ending another account */
          unconfirmed: number
          /** The provider is still being told */
          pending: number
          /** There was no credential any more */
          nothing_owed: number
        }
        /** What was destroyed, for a deleted organization */
        certificate: Record<string, unknown> | null
        created_at: string
        finished_at: string | null
      })[]
    }
  }
  /** Add an identity provider by which members sign in to the console, switched off */
  createSsoConnection: {
    path: undefined
    query: undefined
    body: {
      name: string
      issuer: string
      client_id: string
      client_auth?: 'client_secret_basic' | 'client_secret_post' | 'none' | undefined
      /** Write-only; for another issuer it has to be given again */
      client_secret?: string | undefined
      scopes?: string[] | undefined
      /** The claim of the ID token that lists groups */
      groups_claim?: string | undefined
      /** Whether somebody new with a bound group becomes a member */
      creates_members?: boolean | undefined
      /** Group → role, all of them: what is absent is bound no more */
      role_bindings?: Record<string, 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'> | undefined
      /** The organization whose members sign in by it; without one, operators do */
      org_id?: string | undefined
    }
    answer: {
      id: string
      /** Null for the connection by which operators sign in */
      org_id: string | null
      name: string
      issuer: string
      client_id: string
      client_auth: 'client_secret_basic' | 'client_secret_post' | 'none'
      has_client_secret: boolean
      scopes: string[]
      groups_claim: string
      creates_members: boolean
      /** Group → role */
      role_bindings: Record<string, 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'>
      status: 'on' | 'off'
      /** Register this at the identity provider */
      redirect_uri: string
      created_at: string
    }
  }
  /** Register the public keys of an issuer that says who is signed in */
  createSsoKey: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** What stands in `iss` */
      issuer: string
      /** The public keys themselves (RFC 7517) */
      jwks?: {
        keys: ({
          kty: 'RSA' | 'EC' | 'OKP'
          kid?: string | undefined
          use?: 'sig' | undefined
          alg?: string | undefined
        } & Record<string, unknown>)[]
      } | undefined
      /** Or where they are published: fetched when needed, kept for ten minutes */
      jwks_uri?: string | undefined
      /** Whether it may also speak for users to agents: its assertions of type behalf-user+jwt are then exchanged for access tokens */
      token_exchange?: boolean | undefined
    }
    answer: {
      id: string
      issuer: string
      jwks_uri: string | null
      token_exchange: boolean
      /** Thumbprints of the keys that were registered themselves (RFC 7638) */
      key_ids: string[]
      created_at: string
    }
  }
  /** Name a part of the tools; it has an MCP endpoint of its own */
  createToolset: {
    path: undefined
    query: undefined
    body: {
      org_id?: string | undefined
      name: string
      description?: string | null | undefined
      /** The only agent that it is for; null for every agent */
      agent_id?: string | null | undefined
      /** null for every connector */
      connectors?: string[] | null | undefined
      /** null for every tool of these connectors. With both lists, both hold */
      tools?: string[] | null | undefined
      tool_discovery?: 'list' | 'search' | undefined
    }
    answer: {
      id: string
      org_id: string
      name: string
      description: string | null
      agent_id: string | null
      connectors: string[] | null
      tools: string[] | null
      tool_discovery: 'list' | 'search'
      /** Its MCP endpoint */
      url: string
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
    }
  }
  /** Lock an end user out: revoke all their accounts and connect nothing until reactivated */
  deactivateUser: {
    path: {
      id: string
    }
    query: undefined
    body: {
      org_id?: string | undefined
    }
    answer: {
      user_id: string
      org_id: string
      status: 'active' | 'deactivated'
      /** The report of what this call revoked */
      revocation_id: string | null
    }
  }
  /** Disable an agent, effective at once */
  deleteAgent: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Revoke a credential: no token is given for it any more */
  deleteAgentCredential: {
    path: {
      id: string
      credential_id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Revoke a key, effective at once */
  deleteApiKey: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** End an audit stream */
  deleteAuditStream: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Destroy the client secret and stop new connections through it */
  deleteAuthConfig: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Revoke, destroy the credential and take the account out of sight */
  deleteConnectedAccount: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Give a domain up: it serves nothing from now on */
  deleteDomain: {
    path: {
      id: string
      domain_id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Remove a limit */
  deleteLimit: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Stop everything of an organization at once, then destroy its keys and personal data */
  deleteOrg: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      /** The same for all that one call revoked */
      batch_id: string
      /** null for the head of a batch over every organization */
      org_id: string | null
      filter: Record<string, unknown>
      reason: string
      /** running until every provider has been told, or cannot be */
      status: 'running' | 'done'
      accounts: {
        /** No call gets their credentials since created_at */
        stopped: number
        /** The provider confirmed */
        revoked: number
        /** The provider has no such call */
        unsupported: number
        /** The provider did not confirm, or could not be told without ending another account */
        unconfirmed: number
        /** The provider is still being told */
        pending: number
        /** There was no credential any more */
        nothing_owed: number
      }
      /** What was destroyed, for a deleted organization */
      certificate: Record<string, unknown> | null
      created_at: string
      finished_at: string | null
    }
  }
  /** Withdraw a policy */
  deletePolicy: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Drop a case */
  deletePolicyCase: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Lift a scope ceiling */
  deleteScopeCeiling: {
    path: {
      id: string
    }
    query: {
      org_id?: string | undefined
    }
    body: undefined
    answer: undefined
  }
  /** Delete an identity provider of the console and destroy its secret */
  deleteSsoConnection: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Withdraw an issuer: its assertions are refused from now on */
  deleteSsoKey: {
    path: {
      id: string
      key_id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Remove a toolset and its endpoint */
  deleteToolset: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** An end user leaves: revoke and destroy all their accounts */
  deleteUser: {
    path: {
      id: string
    }
    query: {
      org_id?: string | undefined
    }
    body: undefined
    answer: undefined
  }
  /** Deny a call that waits */
  denyApproval: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Told to whoever asked */
      reason: string
      /** Who of your users decides; without one the key itself does. Nobody may approve what they asked for */
      decided_by?: string | undefined
    }
    answer: {
      id: string
      org_id: string
      /** On whose behalf */
      user_id: string
      connected_account_id: string
      connector: string
      tool_name: string
      effect: 'read' | 'write' | 'send' | 'delete' | 'admin'
      requested_by: {
        type: string
        id: string
      }
      /** What asks */
      policy: {
        engine: string
        policy_ids: string[]
        /** In the words of the policy */
        reason: string | null
      }
      /** approved waits to be executed; refused was approved, and then refused by policy, consent or a stop; executed says nothing of how it ended: execution_status does */
      status: 'pending' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'refused' | 'executing' | 'executed'
      /** How many must approve */
      quorum: number
      /** Oldest first */
      votes: ({
        approves: boolean
        decided_by: {
          type: string
          id: string
          user_id: string | null
        }
        reason: string | null
        decided_at: string
      })[]
      execution_id: string | null
      execution_status: 'running' | 'succeeded' | 'failed' | 'unknown' | null
      /** Of the refusal, or of the execution */
      error_code: string | null
      created_at: string
      expires_at: string
      decided_at: string | null
      finished_at: string | null
    }
  }
  /** Deny a request */
  denyConnectionRequest: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Told to the person who asks */
      reason: string
      /** Who of your users decides */
      decided_by?: string | undefined
    }
    answer: {
      id: string
      org_id: string
      user_id: string
      connect_session_id: string
      connector: string
      /** What an approval covers at most */
      scopes: string[]
      /** The grantees; empty for the product itself */
      agents: string[]
      /** In the words of the person who asks */
      reason: string
      /** approved is good for one connection, until expires_at; used once it was made */
      status: 'pending' | 'approved' | 'denied' | 'expired' | 'used'
      /** What whoever decided says to that person */
      note: string | null
      decided_by: {
        type: string
        id: string
        user_id: string | null
      } | null
      decided_at: string | null
      /** The connection that the approval was used for */
      connection_id: string | null
      created_at: string
      expires_at: string
    }
  }
  /** Stop an agent: its live tokens are refused with their next call */
  disableAgent: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      /** Its `client_id`, where it was registered here */
      id: string
      /** null for one of the deployment */
      org_id: string | null
      name: string
      owner: string | null
      purpose: string | null
      team: string | null
      environment: string | null
      connectors: string[] | null
      tools: string[] | null
      redirect_uris: string[]
      /** How MCP offers it its tools: all in a list, or by search_tools, describe_tool and call_tool */
      tool_discovery: 'list' | 'search'
      /** The member with the address of its owner, where there is one */
      owner_member_id: string | null
      /** `client` for one that registered itself */
      kind: 'registered' | 'client'
      /** What it is called at the authorization server */
      client_id: string
      status: 'active' | 'disabled'
      created_at: string
      /** Exact to the minute */
      last_seen_at: string | null
      disabled_at: string | null
    }
  }
  /** Disable a member: their sessions and links end at once */
  disableMember: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      /** null for an operator of the deployment */
      org_id: string | null
      email: string
      name: string | null
      role: 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'
      /** invited: has never signed in */
      status: 'invited' | 'active' | 'disabled'
      /** Of the last sign-in */
      sign_in_method: 'link' | 'sso' | null
      last_signed_in_at: string | null
      created_at: string
      disabled_at: string | null
    }
  }
  /** Discard a draft */
  discardPolicyVersion: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Decide a made-up call */
  dryRunPolicies: {
    path: undefined
    query: undefined
    body: {
      org_id?: string | undefined
      version_id?: string | undefined
      call: {
        tool_name: string
        params?: Record<string, unknown> | undefined
        /** null for the product itself */
        agent?: {
          id?: string | undefined
          name?: string | undefined
          owner?: string | null | undefined
          purpose?: string | null | undefined
          team?: string | null | undefined
          environment?: string | null | undefined
        } | null | undefined
        /** The agents that passed the call on to this one, the nearest first */
        via?: string[] | undefined
        user?: {
          id?: string | undefined
          groups?: string[] | undefined
        } | undefined
        account?: string | undefined
        /** Of the scopes that the call uses; without it, that of the tool itself */
        risk?: 'read' | 'write' | 'send' | 'admin' | undefined
        /** A Wednesday noon */
        time?: string | undefined
        /** IANA name; without it, the organization's */
        timezone?: string | undefined
        ip?: string | null | undefined
        usage?: {
          last_hour?: number | undefined
          last_day?: number | undefined
          last_week?: number | undefined
        } | undefined
      }
    }
    answer: {
      engine: string
      decision: 'allow' | 'deny' | 'ask'
      policy_ids: string[]
      masks: string[]
      approval: {
        quorum: number
        expires_in_seconds: number | null
      } | null
      reason: string | null
      /** Why the call could not be judged; it is denied then */
      problem: string | null
      version_id: string | null
      /** What was judged */
      facts: Record<string, unknown>
    }
  }
  /** Let a disabled agent go on; tokens of before stay ended */
  enableAgent: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      /** Its `client_id`, where it was registered here */
      id: string
      /** null for one of the deployment */
      org_id: string | null
      name: string
      owner: string | null
      purpose: string | null
      team: string | null
      environment: string | null
      connectors: string[] | null
      tools: string[] | null
      redirect_uris: string[]
      /** How MCP offers it its tools: all in a list, or by search_tools, describe_tool and call_tool */
      tool_discovery: 'list' | 'search'
      /** The member with the address of its owner, where there is one */
      owner_member_id: string | null
      /** `client` for one that registered itself */
      kind: 'registered' | 'client'
      /** What it is called at the authorization server */
      client_id: string
      status: 'active' | 'disabled'
      created_at: string
      /** Exact to the minute */
      last_seen_at: string | null
      disabled_at: string | null
    }
  }
  /** Enable a member again */
  enableMember: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      /** null for an operator of the deployment */
      org_id: string | null
      email: string
      name: string | null
      role: 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'
      /** invited: has never signed in */
      status: 'invited' | 'active' | 'disabled'
      /** Of the last sign-in */
      sign_in_method: 'link' | 'sso' | null
      last_signed_in_at: string | null
      created_at: string
      disabled_at: string | null
    }
  }
  /** Sign a member out everywhere */
  endMemberSessions: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      /** null for an operator of the deployment */
      org_id: string | null
      email: string
      name: string | null
      role: 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'
      /** invited: has never signed in */
      status: 'invited' | 'active' | 'disabled'
      /** Of the last sign-in */
      sign_in_method: 'link' | 'sso' | null
      last_signed_in_at: string | null
      created_at: string
      disabled_at: string | null
    }
  }
  /** Run one tool on behalf of a user */
  executeTool: {
    path: undefined
    query: undefined
    body: {
      connected_account_id?: string | undefined
      org_id?: string | undefined
      /** In place of the account: then exactly one usable account must fit. A token on behalf of a user may leave both out */
      user_id?: string | undefined
      tool_name: string
      params?: Record<string, unknown> | undefined
      /** The approval of this very call, by whoever asked for it; without one an equal call that waits is told of */
      approval_id?: string | undefined
      /** All stages but the call */
      dry_run?: boolean | undefined
      /** RFC 9396; the call must be within one of them. They can only narrow what the caller may do anyway */
      authorization_details?: ({
        type: 'behalf_tool_call'
        tools?: string[] | undefined
        connected_account_ids?: string[] | undefined
        /** By JSON pointer into the params as they are run, defaults filled in; a place that is not there fits nothing */
        params?: Record<string, {
          equals?: string | number | boolean | null | undefined
          enum?: (string | number | boolean | null)[] | undefined
          min?: number | undefined
          max?: number | undefined
          /** The whole text, in which `*` stands for any run of characters; no regular expression */
          pattern?: string | undefined
          /** The place must not be there at all */
          absent?: true | undefined
        }> | undefined
        expires_at?: string | undefined
        /** Good for one call. The name is its caller’s own; `expires_at` is needed with it */
        jti?: string | undefined
      })[] | undefined
      /** Free telemetry, kept with the execution and never forwarded */
      context?: {
        run_id?: string | undefined
        step?: string | number | undefined
        model?: string | undefined
        prompt_ref?: string | undefined
        usage?: Record<string, number> | undefined
      } | undefined
    }
    answer: {
      execution_id: string | null
      status: 'succeeded' | 'dry_run'
      output: unknown
      trace_id: string
      duration_ms: number
      /** What was done to the output before you saw it; absent where that was nothing */
      content?: {
        trust: 'untrusted_provider_data'
        /** Markers in the output that stand for a secret */
        redactions: number
        masked: { [Name in 'email' | 'phone' | 'iban' | 'card' | 'ip']?: number }
        /** The write was made; its answer was left out */
        omitted?: 'too_large' | 'unreadable'
      }
      /** In a dry run: whether people would have to approve */
      approval_required?: boolean
    } | {
      status: 'pending_approval'
      approval_id: string
      expires_at: string
    }
  }
  /** Stream audit events, oldest first */
  exportAuditEvents: {
    path: undefined
    query: {
      org_id?: string | undefined
      /** Id of the actor */
      actor?: string | undefined
      action?: string | undefined
      user_id?: string | undefined
      connected_account_id?: string | undefined
      tool_name?: string | undefined
      outcome?: 'allowed' | 'denied' | 'failed' | 'unknown' | undefined
      since?: string | undefined
      until?: string | undefined
      format?: 'ndjson' | 'csv' | 'ocsf' | undefined
    }
    body: undefined
    answer: string
  }
  /** Stream all that is kept about an organization, never a credential */
  exportOrg: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: string
  }
  /** Read an agent */
  getAgent: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      /** Its `client_id`, where it was registered here */
      id: string
      /** null for one of the deployment */
      org_id: string | null
      name: string
      owner: string | null
      purpose: string | null
      team: string | null
      environment: string | null
      connectors: string[] | null
      tools: string[] | null
      redirect_uris: string[]
      /** How MCP offers it its tools: all in a list, or by search_tools, describe_tool and call_tool */
      tool_discovery: 'list' | 'search'
      /** The member with the address of its owner, where there is one */
      owner_member_id: string | null
      /** `client` for one that registered itself */
      kind: 'registered' | 'client'
      /** What it is called at the authorization server */
      client_id: string
      status: 'active' | 'disabled'
      created_at: string
      /** Exact to the minute */
      last_seen_at: string | null
      disabled_at: string | null
    }
  }
  /** Read one of an agent's credentials; never its secret */
  getAgentCredential: {
    path: {
      id: string
      credential_id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      agent_id: string
      kind: 'client_secret' | 'private_key_jwt' | 'federated' | 'tls_client_auth'
      name: string | null
      /** Last four characters */
      hint: string | null
      /** Thumbprints of the keys that were registered themselves (RFC 7638) */
      key_ids: string[]
      jwks_uri: string | null
      issuer: string | null
      subject: string | null
      audience: string | null
      claims: Record<string, unknown> | null
      single_use: boolean | null
      certificate_thumbprint: string | null
      status: 'active' | 'expired' | 'revoked'
      created_by: {
        type: string
        id: string
      }
      created_at: string
      expires_at: string | null
      /** Exact to the minute */
      last_used_at: string | null
      revoked_at: string | null
    }
  }
  /** Read what a person let an agent do */
  getAgentGrant: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      user_id: string
      agent_id: string
      /** As the authorization server calls the agent */
      client_id: string
      status: 'active' | 'expired' | 'revoked'
      /** What tokens under it are good at */
      resource: string
      scopes: string[]
      /** Which tools on which accounts; an account that was ended since is not among them */
      connected_accounts: {
        id: string
        tools: string[]
      }[]
      /** Those of the tools that were found to be others since, which are not offered until the person is asked again */
      changed_tools: string[]
      /** What was shown, and what the person chose */
      consent_text: string
      locale: string
      /** What the client said of itself, and what was known of it */
      client: Record<string, unknown>
      created_at: string
      expires_at: string | null
      revoked_at: string | null
      revoked_by: {
        type: string
        id: string
      } | null
    }
  }
  /** Whether one of the deployment's agents may work in an organization */
  getAgentOrg: {
    path: {
      id: string
      org_id: string
    }
    query: undefined
    body: undefined
    answer: {
      agent_id: string
      org_id: string
      created_at: string
    }
  }
  /** Read an approval, with the call */
  getApproval: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      /** On whose behalf */
      user_id: string
      connected_account_id: string
      connector: string
      tool_name: string
      effect: 'read' | 'write' | 'send' | 'delete' | 'admin'
      requested_by: {
        type: string
        id: string
      }
      /** What asks */
      policy: {
        engine: string
        policy_ids: string[]
        /** In the words of the policy */
        reason: string | null
      }
      /** approved waits to be executed; refused was approved, and then refused by policy, consent or a stop; executed says nothing of how it ended: execution_status does */
      status: 'pending' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'refused' | 'executing' | 'executed'
      /** How many must approve */
      quorum: number
      /** Oldest first */
      votes: ({
        approves: boolean
        decided_by: {
          type: string
          id: string
          user_id: string | null
        }
        reason: string | null
        decided_at: string
      })[]
      execution_id: string | null
      execution_status: 'running' | 'succeeded' | 'failed' | 'unknown' | null
      /** Of the refusal, or of the execution */
      error_code: string | null
      created_at: string
      expires_at: string
      decided_at: string | null
      finished_at: string | null
      /** What would be sent; for approvers and for whoever asked, as long as it is kept, else null */
      params: unknown
      /** As params */
      authorization_details: unknown
      /** For whoever asked, until output_expires_at, else null */
      output: unknown
      output_expires_at: string | null
    }
  }
  /** Read an audit stream and how far it is */
  getAuditStream: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      kind: 'https' | 'syslog'
      name: string
      url: string
      every_org: boolean
      has_authorization: boolean
      has_client_certificate: boolean
      since: string
      created_at: string
      paused_at: string | null
      /** Of the chain that the stream belongs to; with every_org, the deployment's own */
      progress: {
        /** The last event that was acknowledged */
        sequence: number
        /** How many more there are */
        behind: number
        /** When the oldest of them happened */
        behind_since: string | null
        delivered_at: string | null
        /** Failures since the last success */
        attempts: number
        retry_at: string | null
        error_code: string | null
      }
    }
  }
  /** Read an auth config, never its secret */
  getAuthConfig: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string | null
      connector: string
      /** form: people paste a credential of their own; it can be disabled, or pointed elsewhere */
      kind: 'oauth2' | 'form'
      name: string
      /** Empty for a form */
      client_id: string
      /** Register this at the provider */
      redirect_uri: string
      /** Where the provider may tell of consents that ended on its side */
      events_url: string
      /** Whether event_secret is set, by which it proves what it sends there */
      events_signed: boolean
      base_urls: Record<string, string>
      disabled: boolean
      created_at: string
    }
  }
  /** Read the draft, what is published, the history and the uploads */
  getBranding: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      /** What publishing would show; the published theme until something is changed */
      draft: {
        /** Stands above every screen; who asks stays the organization’s name */
        name?: string
        support_url?: string
        privacy_url?: string
        terms_url?: string
        /** Leaves out the line that says who keeps the credentials */
        hide_badge?: boolean
        /** repair moves colours until they can be read; refuse takes them as they are, or not at all */
        contrast?: 'repair' | 'refuse'
        light?: {
          bg?: string
          page_bg?: string
          fg?: string
          card?: string
          card_fg?: string
          muted?: string
          muted_fg?: string
          accent?: string
          primary?: string
          primary_fg?: string
          link?: string
          border?: string
          input?: string
          ring?: string
          danger?: string
          danger_fg?: string
          warning?: string
          warning_fg?: string
          success?: string
          success_fg?: string
          info?: string
          info_fg?: string
          risk_read?: string
          risk_write?: string
          risk_send?: string
          risk_admin?: string
        }
        dark?: {
          bg?: string
          page_bg?: string
          fg?: string
          card?: string
          card_fg?: string
          muted?: string
          muted_fg?: string
          accent?: string
          primary?: string
          primary_fg?: string
          link?: string
          border?: string
          input?: string
          ring?: string
          danger?: string
          danger_fg?: string
          warning?: string
          warning_fg?: string
          success?: string
          success_fg?: string
          info?: string
          info_fg?: string
          risk_read?: string
          risk_write?: string
          risk_send?: string
          risk_admin?: string
        }
        look?: {
          /** auto follows the device */
          scheme?: 'auto' | 'light' | 'dark'
          /** auto follows the language */
          dir?: 'auto' | 'ltr' | 'rtl'
          /** auto follows the device */
          motion?: 'auto' | 'none'
          font_body?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          font_heading?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          font_mono?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          /** Size of running text in px, before the reader’s own setting */
          text_base?: number
          weight_strong?: 500 | 600 | 700
          /** px */
          radius_control?: number
          /** px */
          radius_card?: number
          /** px */
          radius_pill?: number
          /** px */
          border_width?: number
          shadow?: 'none' | 'soft' | 'strong'
          density?: 'compact' | 'regular' | 'roomy'
          /** Shown on light surfaces; an uploaded image */
          logo_light?: string
          /** Shown on dark surfaces; without it, logo_light */
          logo_dark?: string
          /** px */
          logo_height?: number
          favicon?: string
        }
        texts?: { [Name in 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl' | 'pl' | 'ja' | 'zh' | 'ar' | 'he']?: Record<string, string> }
      }
      draft_saved_at: string | null
      /** What the draft changes of the published theme */
      unpublished_fields: string[]
      /** What repair moves in the draft */
      contrast: {
        light: ({
          colour: string
          from: string
          to: string
          ratio_from: number | null
          ratio_to: number | null
          ratio_min: number | null
        })[]
        dark: ({
          colour: string
          from: string
          to: string
          ratio_from: number | null
          ratio_to: number | null
          ratio_min: number | null
        })[]
      }
      published: {
        version: number
        theme: {
          /** Stands above every screen; who asks stays the organization’s name */
          name?: string
          support_url?: string
          privacy_url?: string
          terms_url?: string
          /** Leaves out the line that says who keeps the credentials */
          hide_badge?: boolean
          /** repair moves colours until they can be read; refuse takes them as they are, or not at all */
          contrast?: 'repair' | 'refuse'
          light?: {
            bg?: string
            page_bg?: string
            fg?: string
            card?: string
            card_fg?: string
            muted?: string
            muted_fg?: string
            accent?: string
            primary?: string
            primary_fg?: string
            link?: string
            border?: string
            input?: string
            ring?: string
            danger?: string
            danger_fg?: string
            warning?: string
            warning_fg?: string
            success?: string
            success_fg?: string
            info?: string
            info_fg?: string
            risk_read?: string
            risk_write?: string
            risk_send?: string
            risk_admin?: string
          }
          dark?: {
            bg?: string
            page_bg?: string
            fg?: string
            card?: string
            card_fg?: string
            muted?: string
            muted_fg?: string
            accent?: string
            primary?: string
            primary_fg?: string
            link?: string
            border?: string
            input?: string
            ring?: string
            danger?: string
            danger_fg?: string
            warning?: string
            warning_fg?: string
            success?: string
            success_fg?: string
            info?: string
            info_fg?: string
            risk_read?: string
            risk_write?: string
            risk_send?: string
            risk_admin?: string
          }
          look?: {
            /** auto follows the device */
            scheme?: 'auto' | 'light' | 'dark'
            /** auto follows the language */
            dir?: 'auto' | 'ltr' | 'rtl'
            /** auto follows the device */
            motion?: 'auto' | 'none'
            font_body?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            font_heading?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            font_mono?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            /** Size of running text in px, before the reader’s own setting */
            text_base?: number
            weight_strong?: 500 | 600 | 700
            /** px */
            radius_control?: number
            /** px */
            radius_card?: number
            /** px */
            radius_pill?: number
            /** px */
            border_width?: number
            shadow?: 'none' | 'soft' | 'strong'
            density?: 'compact' | 'regular' | 'roomy'
            /** Shown on light surfaces; an uploaded image */
            logo_light?: string
            /** Shown on dark surfaces; without it, logo_light */
            logo_dark?: string
            /** px */
            logo_height?: number
            favicon?: string
          }
          texts?: { [Name in 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl' | 'pl' | 'ja' | 'zh' | 'ar' | 'he']?: Record<string, string> }
        }
        changed_fields: string[]
        /** The version that this one went back to */
        restored_version: number | null
        published_by: {
          type: string
          id: string | null
        }
        published_at: string
      } | null
      /** The last fifty, newest first */
      versions: ({
        version: number
        changed_fields: string[]
        /** The version that this one went back to */
        restored_version: number | null
        published_by: {
          type: string
          id: string | null
        }
        published_at: string
      })[]
      assets: ({
        id: string
        kind: 'logo' | 'favicon' | 'font'
        name: string
        content_type: string
        /** A path of this host; anybody may load it once it is published */
        url: string
        width: number | null
        height: number | null
        created_at: string
      })[]
    }
  }
  /** Read the state of a connect session */
  getConnectSession: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      user_id: string
      kind: 'connect' | 'manage'
      status: 'open' | 'authorizing' | 'awaiting_confirmation' | 'completed' | 'declined' | 'failed' | 'expired' | 'cancelled'
      status_reason: string | null
      connectors: string[]
      /** The account that it ended in, or is to renew */
      connected_account_id: string | null
      return_url: string | null
      expires_at: string
      created_at: string
    }
  }
  /** Read a connected account with its current connection, never a credential */
  getConnectedAccount: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      user_id: string
      connector: string
      status: 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked'
      status_reason: string | null
      account: {
        id: string
        label: string
      }
      connection: {
        id: string
        scopes: string[]
        consented_at: string
        consented_by: string
        receipt_url: string
        /** When the consent ends by itself; null for never */
        expires_at: string | null
      } | null
      credential_expires_at: string | null
      created_at: string
      last_used_at: string | null
    }
  }
  /** Read a request */
  getConnectionRequest: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      user_id: string
      connect_session_id: string
      connector: string
      /** What an approval covers at most */
      scopes: string[]
      /** The grantees; empty for the product itself */
      agents: string[]
      /** In the words of the person who asks */
      reason: string
      /** approved is good for one connection, until expires_at; used once it was made */
      status: 'pending' | 'approved' | 'denied' | 'expired' | 'used'
      /** What whoever decided says to that person */
      note: string | null
      decided_by: {
        type: string
        id: string
        user_id: string | null
      } | null
      decided_at: string | null
      /** The connection that the approval was used for */
      connection_id: string | null
      created_at: string
      expires_at: string
    }
  }
  /** Read a connector */
  getConnector: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      name: string
      summary: string
      auth: {
        /** form: people paste a credential of their own */
        kind: 'oauth2' | 'form'
        /** What people are asked for; the fields of POST /api/v1/connected_accounts */
        fields: ({
          name: string
          kind: 'api_key' | 'api_token' | 'username' | 'email' | 'password' | 'client_id' | 'client_secret' | 'service_account' | 'subdomain'
          /** Whether it is typed like a password */
          masked: boolean
          where: string | null
          example: string | null
        })[]
      }
      scopes: ({
        scope: string
        does: string
        example: string
        risk: 'read' | 'write' | 'send' | 'admin'
        optional: boolean
      })[]
      tools: string[]
    }
  }
  /** What the calls of each tool cost, in the units of daily_cost limits */
  getCosts: {
    path: undefined
    query: {
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      org_id: string
      /** Units that one call costs, by tool; a tool that is not named costs 1 */
      costs: Record<string, number>
    }
  }
  /** Read a domain, with what the last check found */
  getDomain: {
    path: {
      id: string
      domain_id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      hostname: string
      status: 'pending' | 'misconfigured' | 'live'
      /** Whether new links are made for it */
      primary: boolean
      /** What to publish */
      records: ({
        type: 'TXT' | 'CNAME'
        name: string
        value: string
      })[]
      /** What the last check found wrong */
      problems: ({
        record: 'TXT' | 'CNAME' | 'resolver' | 'limit' | 'taken'
        name: string
        expected: string | null
        found: string[]
        /** The same in words */
        says: string
      })[]
      /** What the consent screen calls verified: the hostname, or a parent that has the TXT record too */
      verified_domain: string | null
      checked_at: string | null
      live_since: string | null
      /** When a live one ends whose records stay wrong */
      goes_down_at: string | null
      created_at: string
    }
  }
  /** Read an execution */
  getExecution: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      user_id: string
      connected_account_id: string
      connection_id: string
      tool_name: string
      effect: 'read' | 'write' | 'send' | 'delete' | 'admin'
      actor: {
        type: string
        id: string
      }
      /** Every agent that the call went through, the one that called first; empty where none did */
      actors: string[]
      status: 'running' | 'succeeded' | 'failed' | 'unknown'
      error_code: string | null
      duration_ms: number | null
      context: Record<string, unknown>
      /** The file that the call moved, once it is over */
      file: {
        direction: 'in' | 'out'
        media_type: string
        /** Bytes that went through */
        size_bytes: number
        /** Of the file; null where not all of it went through */
        sha256: string | null
        complete: boolean
      } | null
      trace_id: string
      created_at: string
      finished_at: string | null
    }
  }
  /** Read a limit */
  getLimit: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      name: string
      kind: 'rate' | 'concurrency' | 'daily_calls' | 'daily_cost'
      most: number
      window_seconds: number | null
      per: ('user' | 'agent' | 'account' | 'tool' | 'connector')[]
      agent_id: string | null
      user_id: string | null
      tool_name: string | null
      connector: string | null
      replaces_default: boolean
      created_at: string
      updated_at: string
    }
  }
  /** Read a member of the console */
  getMember: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      /** null for an operator of the deployment */
      org_id: string | null
      email: string
      name: string | null
      role: 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'
      /** invited: has never signed in */
      status: 'invited' | 'active' | 'disabled'
      /** Of the last sign-in */
      sign_in_method: 'link' | 'sso' | null
      last_signed_in_at: string | null
      created_at: string
      disabled_at: string | null
    }
  }
  /** Read an organization */
  getOrg: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      name: string
      origins: string[]
      branding: Record<string, unknown>
      settings: Record<string, unknown>
      encryption_key: {
        service: 'vault' | 'aws_kms' | 'gcp_kms'
        name: string
      } | null
      timezone: string | null
      created_at: string
    }
  }
  /** Read a case */
  getPolicyCase: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      name: string
      call: {
        tool_name: string
        params: Record<string, unknown>
        /** null for the product itself */
        agent: {
          id: string
          name: string
          owner: string | null
          purpose: string | null
          team: string | null
          environment: string | null
        } | null
        /** The agents that passed the call on to this one, the nearest first */
        via: string[]
        user: {
          id: string
          groups: string[]
        }
        account: string
        /** Of the scopes that the call uses; without it, that of the tool itself */
        risk?: 'read' | 'write' | 'send' | 'admin'
        /** A Wednesday noon */
        time: string
        /** IANA name; without it, the organization's */
        timezone?: string
        ip: string | null
        usage: {
          last_hour: number
          last_day: number
          last_week: number
        }
      }
      expected: {
        decision: 'allow' | 'deny' | 'ask'
        /** Those that decide, without the number of the version */
        policy_ids?: string[]
        masks?: string[]
        quorum?: number
      }
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
    }
  }
  /** Read what policies may speak of */
  getPolicySchema: {
    path: undefined
    query: undefined
    body: undefined
    answer: {
      language: 'cedar'
      schema: string
    }
  }
  /** Read a version and what is wrong with it */
  getPolicyVersion: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      /** Counts up within the organization */
      number: number
      status: 'draft' | 'in_force' | 'superseded' | 'discarded'
      engine: 'cedar' | 'opa'
      note: string | null
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
      published_by: {
        type: string
        id: string
      } | null
      /** When it was first published: it has not changed since */
      published_at: string | null
      source: string
      problems: ({
        severity: 'error' | 'warning'
        /** From 1 */
        line: number | null
        /** From 1, in letters */
        column: number | null
        message: string
        fix: string | null
      })[]
    }
  }
  /** Download the signed receipt of a consent */
  getReceipt: {
    path: {
      id: string
    }
    query: {
      format?: 'json' | 'html' | 'jws' | undefined
    }
    body: undefined
    answer: {
      about: string
      protected: string
      payload: string
      signature: string
      decoded: {
        protected_header: Record<string, string>
        receipt: {
          /** The deployment that signs, by its public address */
          iss: string
          /** The end user, as the product knows them */
          sub: string
          iat: number
          jti: string
          schema_version: 'behalf-consent-receipt/1'
          record_id: string
          pii_principal_id: string
          language: string
          privacy_notice: string | null
          purposes: ({
            purpose: string | null
            lawful_basis: 'consent'
            services: string[]
            pii_information: {
              pii_attribute_id: string
              pii_type: string
              pii_optional: boolean
            }[]
            pii_controllers: string[]
            recipient_third_parties: string[]
            collection_method: 'consent_screen' | 'import' | 'narrowed'
            withdrawal_method: string
            jurisdictions: string[] | null
          })[]
          party_identification: ({
            party_id: string
            party_name: string
            party_role: 'pii_controller' | 'pii_principal' | 'third_party'
            party_url: string | null
          })[]
          event: {
            event_time: string
            event_type: 'explicit_consent' | 'consent_given_elsewhere'
            event_state: 'given'
            entity_id: string
            validity_duration_seconds: number | null
          }
          org_id: string
          connected_account_id: string
          connect_session_id: string | null
          previous_connection_id: string | null
          connector: string
          provider_account: {
            id: string
            label: string
          }
          grantees: ({
            id: string
            name: string
            owner: string | null
          })[]
          scopes_requested: string[]
          scopes_granted: string[]
          scopes_refused: string[]
          /** What the consent is limited to; null where it is to all the account reaches */
          resources: unknown
          expires_at: string | null
          confirmation: {
            method: 'host' | 'screen' | 'import' | 'narrowed'
            by: {
              type: string
              id: string
            }
            at: string
          }
          consent_text: string
          consent_text_sha256: string
          /** The hash that the consent screen was approved under */
          consent_hash: string
          words: {
            title: string
            summary: string
            rows: {
              label: string
              lines: string[]
            }[]
            /** The heading of the exact text */
            exact_text: string
          }
        }
      }
      public_jwk: Record<string, string>
      /** Thumbprint of the key (RFC 7638) */
      fingerprint: string
      published_keys_url: string
    }
  }
  /** Evidence for an auditor, streamed and signed */
  getReport: {
    path: {
      kind: 'soc2_cc6_1' | 'gdpr_art30'
    }
    query: {
      org_id?: string | undefined
      since: string
      until: string
      format?: 'json' | 'html' | undefined
    }
    body: undefined
    answer: string
  }
  /** How far a mass revocation is */
  getRevocation: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      /** The same for all that one call revoked */
      batch_id: string
      /** null for the head of a batch over every organization */
      org_id: string | null
      filter: Record<string, unknown>
      reason: string
      /** running until every provider has been told, or cannot be */
      status: 'running' | 'done'
      accounts: {
        /** No call gets their credentials since created_at */
        stopped: number
        /** The provider confirmed */
        revoked: number
        /** The provider has no such call */
        unsupported: number
        /** The provider did not confirm, or could not be told without ending another account */
        unconfirmed: number
        /** The provider is still being told */
        pending: number
        /** There was no credential any more */
        nothing_owed: number
      }
      /** What was destroyed, for a deleted organization */
      certificate: Record<string, unknown> | null
      created_at: string
      finished_at: string | null
    }
  }
  /** Read an identity provider of the console, never its secret */
  getSsoConnection: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      /** Null for the connection by which operators sign in */
      org_id: string | null
      name: string
      issuer: string
      client_id: string
      client_auth: 'client_secret_basic' | 'client_secret_post' | 'none'
      has_client_secret: boolean
      scopes: string[]
      groups_claim: string
      creates_members: boolean
      /** Group → role */
      role_bindings: Record<string, 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'>
      status: 'on' | 'off'
      /** Register this at the identity provider */
      redirect_uri: string
      created_at: string
    }
  }
  /** Read a toolset */
  getToolset: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      name: string
      description: string | null
      agent_id: string | null
      connectors: string[] | null
      tools: string[] | null
      tool_discovery: 'list' | 'search'
      /** Its MCP endpoint */
      url: string
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
    }
  }
  /** What was called today, by agent and tool, and how much of the daily limits is used */
  getUsage: {
    path: undefined
    query: {
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      org_id: string
      /** Midnight, UTC: days of limits begin there */
      since: string
      /** Calls that were let through to a provider */
      calls: number
      /** Of those calls, at the present costs */
      cost_units: number
      /** The 500 greatest */
      by: ({
        /** null for calls of the product itself */
        agent_id: string | null
        tool_name: string
        calls: number
        cost_units: number
        running: number
      })[]
      /** Daily limits that were met today, the 500 most used */
      budgets: ({
        /** null for a default of the deployment */
        limit_id: string | null
        name: string
        kind: 'daily_calls' | 'daily_cost'
        /** For whom it is counted, where it is counted apart */
        subject: Record<string, string>
        used: number
        most: number
      })[]
    }
  }
  /** Import credentials that the user gave to another system */
  importConnectedAccount: {
    path: undefined
    query: undefined
    body: {
      /** May be left out by a key that one organization restricts */
      org_id?: string | undefined
      user_id: string
      user?: {
        email?: string | undefined
        name?: string | undefined
        groups?: string[] | undefined
      } | undefined
      connector: string
      /** The OAuth client that the tokens were issued to; without it, the one that would be connected with */
      auth_config_id?: string | undefined
      tokens?: {
        access_token: string
        refresh_token?: string | undefined
        expires_in_seconds?: number | undefined
        expires_at?: string | undefined
      } | undefined
      /** For connectors that take a credential of the person’s own: its secret */
      api_key?: string | undefined
      /** What else such a connector asks for (GET /api/v1/connectors), as the subdomain of a workspace */
      fields?: Record<string, string> | undefined
      /** What was granted; without it, what the provider says when it renews the tokens, or nothing */
      scopes?: string[] | undefined
      /** The grantees; without one, the product itself */
      agents?: string[] | undefined
      purpose?: string | undefined
      /** Its id in the system it comes from */
      external_reference?: string | undefined
      /** probe asks the provider whose the tokens are; skip stores them unverified, of no use until refreshed */
      validate?: 'probe' | 'skip' | undefined
    }
    answer: {
      id: string
      org_id: string
      user_id: string
      connector: string
      status: 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked'
      status_reason: string | null
      account: {
        id: string
        label: string
      }
      connection: {
        id: string
        scopes: string[]
        consented_at: string
        consented_by: string
        receipt_url: string
        /** When the consent ends by itself; null for never */
        expires_at: string | null
      } | null
      credential_expires_at: string | null
      created_at: string
      last_used_at: string | null
    }
  }
  /** Make somebody a member of the console and send them a sign-in link */
  inviteMember: {
    path: undefined
    query: undefined
    body: {
      /** Nobody else in the same organization may have it, in whatever case */
      email: string
      name?: string | undefined
      role: 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'
      /** Without it they become an operator of the deployment */
      org_id?: string | undefined
    }
    answer: {
      id: string
      /** null for an operator of the deployment */
      org_id: string | null
      email: string
      name: string | null
      role: 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'
      /** invited: has never signed in */
      status: 'invited' | 'active' | 'disabled'
      /** Of the last sign-in */
      sign_in_method: 'link' | 'sso' | null
      last_signed_in_at: string | null
      created_at: string
      disabled_at: string | null
      /** To hand over where no mail is set up: 15 minutes, one use. null where it was mailed */
      sign_in_url: string | null
    }
  }
  /** Send a member another sign-in link */
  issueMemberLink: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      /** null for an operator of the deployment */
      org_id: string | null
      email: string
      name: string | null
      role: 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'
      /** invited: has never signed in */
      status: 'invited' | 'active' | 'disabled'
      /** Of the last sign-in */
      sign_in_method: 'link' | 'sso' | null
      last_signed_in_at: string | null
      created_at: string
      disabled_at: string | null
      /** To hand over where no mail is set up: 15 minutes, one use. null where it was mailed */
      sign_in_url: string | null
    }
  }
  /** Lift a legal hold; it stays in the list */
  liftLegalHold: {
    path: {
      id: string
      hold_id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** End a stop; calls may be made again from the next one on */
  liftStop: {
    path: {
      id: string
    }
    query: undefined
    body: {
      reason?: string | undefined
    }
    answer: {
      id: string
      /** null for one that holds in every organization */
      org_id: string | null
      subject: {
        type: 'agent' | 'user' | 'tool' | 'connector' | 'org' | 'all'
        id: string | null
      }
      reason: string
      status: 'active' | 'lifted' | 'over'
      placed_by: {
        type: string
        id: string
      }
      created_at: string
      until: string | null
      lifted_at: string | null
      lifted_by: {
        type: string
        id: string
      } | null
      lift_reason: string | null
    }
  }
  /** List what an agent proves itself with, or did */
  listAgentCredentials: {
    path: {
      id: string
    }
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        agent_id: string
        kind: 'client_secret' | 'private_key_jwt' | 'federated' | 'tls_client_auth'
        name: string | null
        /** Last four characters */
        hint: string | null
        /** Thumbprints of the keys that were registered themselves (RFC 7638) */
        key_ids: string[]
        jwks_uri: string | null
        issuer: string | null
        subject: string | null
        audience: string | null
        claims: Record<string, unknown> | null
        single_use: boolean | null
        certificate_thumbprint: string | null
        status: 'active' | 'expired' | 'revoked'
        created_by: {
          type: string
          id: string
        }
        created_at: string
        expires_at: string | null
        /** Exact to the minute */
        last_used_at: string | null
        revoked_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List what people let agents do */
  listAgentGrants: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      user_id?: string | undefined
      agent_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        user_id: string
        agent_id: string
        /** As the authorization server calls the agent */
        client_id: string
        status: 'active' | 'expired' | 'revoked'
        /** What tokens under it are good at */
        resource: string
        scopes: string[]
        /** Which tools on which accounts; an account that was ended since is not among them */
        connected_accounts: {
          id: string
          tools: string[]
        }[]
        /** Those of the tools that were found to be others since, which are not offered until the person is asked again */
        changed_tools: string[]
        /** What was shown, and what the person chose */
        consent_text: string
        locale: string
        /** What the client said of itself, and what was known of it */
        client: Record<string, unknown>
        created_at: string
        expires_at: string | null
        revoked_at: string | null
        revoked_by: {
          type: string
          id: string
        } | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List agents */
  listAgents: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        /** Its `client_id`, where it was registered here */
        id: string
        /** null for one of the deployment */
        org_id: string | null
        name: string
        owner: string | null
        purpose: string | null
        team: string | null
        environment: string | null
        connectors: string[] | null
        tools: string[] | null
        redirect_uris: string[]
        /** How MCP offers it its tools: all in a list, or by search_tools, describe_tool and call_tool */
        tool_discovery: 'list' | 'search'
        /** The member with the address of its owner, where there is one */
        owner_member_id: string | null
        /** `client` for one that registered itself */
        kind: 'registered' | 'client'
        /** What it is called at the authorization server */
        client_id: string
        status: 'active' | 'disabled'
        created_at: string
        /** Exact to the minute */
        last_seen_at: string | null
        disabled_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List api keys */
  listApiKeys: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        name: string
        org_id: string | null
        /** Last four characters */
        hint: string
        roles: string[]
        created_at: string
        expires_at: string | null
        revoked_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List approvals */
  listApprovals: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      user_id?: string | undefined
      tool_name?: string | undefined
      /** approved waits to be executed; refused was approved, and then refused by policy, consent or a stop; executed says nothing of how it ended: execution_status does */
      status?: 'pending' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'refused' | 'executing' | 'executed' | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        /** On whose behalf */
        user_id: string
        connected_account_id: string
        connector: string
        tool_name: string
        effect: 'read' | 'write' | 'send' | 'delete' | 'admin'
        requested_by: {
          type: string
          id: string
        }
        /** What asks */
        policy: {
          engine: string
          policy_ids: string[]
          /** In the words of the policy */
          reason: string | null
        }
        /** approved waits to be executed; refused was approved, and then refused by policy, consent or a stop; executed says nothing of how it ended: execution_status does */
        status: 'pending' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'refused' | 'executing' | 'executed'
        /** How many must approve */
        quorum: number
        /** Oldest first */
        votes: ({
          approves: boolean
          decided_by: {
            type: string
            id: string
            user_id: string | null
          }
          reason: string | null
          decided_at: string
        })[]
        execution_id: string | null
        execution_status: 'running' | 'succeeded' | 'failed' | 'unknown' | null
        /** Of the refusal, or of the execution */
        error_code: string | null
        created_at: string
        expires_at: string
        decided_at: string | null
        finished_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List signed heads, the last of each day, newest first */
  listAuditCheckpoints: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: {
        chain: string
        org_id: string
        sequence: number
        hash: string
        at: string
        kid: string
        jws: string
        /** Places outside the database that have not taken it yet */
        pending: string[]
      }[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List audit events */
  listAuditEvents: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      /** Id of the actor */
      actor?: string | undefined
      action?: string | undefined
      user_id?: string | undefined
      connected_account_id?: string | undefined
      tool_name?: string | undefined
      outcome?: 'allowed' | 'denied' | 'failed' | 'unknown' | undefined
      since?: string | undefined
      until?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        /** The chain that the event is in: what its hash covers in place of `org_id` */
        chain: string
        sequence: number
        occurred_at: string
        action: string
        outcome: 'allowed' | 'denied' | 'failed' | 'unknown'
        org_id: string
        user_id: string | null
        actor: {
          type: string
          id: string
        }
        agent_id: string | null
        connected_account_id: string | null
        connection_id: string | null
        tool_name: string | null
        scopes_required: string[]
        scopes_granted: string[]
        policy: {
          engine: string
          decision: string
          policy_ids: string[]
        } | null
        params_hmac: string | null
        changed_fields: string[]
        error_code: string | null
        duration_ms: number | null
        trace_id: string | null
        ip: string | null
        user_agent: string | null
        details: Record<string, string | number | boolean | null | string[]>
        prev_hash: string
        hash: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List audit streams and how far each is */
  listAuditStreams: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        kind: 'https' | 'syslog'
        name: string
        url: string
        every_org: boolean
        has_authorization: boolean
        has_client_certificate: boolean
        since: string
        created_at: string
        paused_at: string | null
        /** Of the chain that the stream belongs to; with every_org, the deployment's own */
        progress: {
          /** The last event that was acknowledged */
          sequence: number
          /** How many more there are */
          behind: number
          /** When the oldest of them happened */
          behind_since: string | null
          delivered_at: string | null
          /** Failures since the last success */
          attempts: number
          retry_at: string | null
          error_code: string | null
        }
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List the auth configs of an org or, without one, of the deployment */
  listAuthConfigs: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      connector?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string | null
        connector: string
        /** form: people paste a credential of their own; it can be disabled, or pointed elsewhere */
        kind: 'oauth2' | 'form'
        name: string
        /** Empty for a form */
        client_id: string
        /** Register this at the provider */
        redirect_uri: string
        /** Where the provider may tell of consents that ended on its side */
        events_url: string
        /** Whether event_secret is set, by which it proves what it sends there */
        events_signed: boolean
        base_urls: Record<string, string>
        disabled: boolean
        created_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List connected accounts */
  listConnectedAccounts: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      user_id?: string | undefined
      connector?: string | undefined
      status?: 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked' | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        user_id: string
        connector: string
        status: 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked'
        status_reason: string | null
        account: {
          id: string
          label: string
        }
        connection: {
          id: string
          scopes: string[]
          consented_at: string
          consented_by: string
          receipt_url: string
          /** When the consent ends by itself; null for never */
          expires_at: string | null
        } | null
        credential_expires_at: string | null
        created_at: string
        last_used_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List what people ask an administrator to approve */
  listConnectionRequests: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      user_id?: string | undefined
      /** approved is good for one connection, until expires_at; used once it was made */
      status?: 'pending' | 'approved' | 'denied' | 'expired' | 'used' | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        user_id: string
        connect_session_id: string
        connector: string
        /** What an approval covers at most */
        scopes: string[]
        /** The grantees; empty for the product itself */
        agents: string[]
        /** In the words of the person who asks */
        reason: string
        /** approved is good for one connection, until expires_at; used once it was made */
        status: 'pending' | 'approved' | 'denied' | 'expired' | 'used'
        /** What whoever decided says to that person */
        note: string | null
        decided_by: {
          type: string
          id: string
          user_id: string | null
        } | null
        decided_at: string | null
        /** The connection that the approval was used for */
        connection_id: string | null
        created_at: string
        expires_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** Every consent that the account was ever under, oldest to newest */
  listConnections: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      data: ({
        id: string
        scopes: string[]
        consented_at: string
        consented_by: string
        receipt_url: string
        /** When the consent ends by itself; null for never */
        expires_at: string | null
        connected_account_id: string
        scopes_requested: string[]
        scopes_refused: string[]
        /** Agents; empty when the product itself is the grantee */
        grantees: string[]
        purpose: string | null
        locale: string
        consent_text: string
        /** SHA-256 of the text that was shown */
        consent_hash: string
        /** What it is limited to; null for all that the account reaches */
        resources: Record<string, {
          id: string
          label: string
        }[]> | null
        previous_connection_id: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List the tools of a connector */
  listConnectorTools: {
    path: {
      id: string
    }
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        name: string
        title: string
        description: string
        connector: string
        input_schema: Record<string, unknown>
        output_schema: Record<string, unknown>
        /** Alternatives of conjunctions */
        scopes: string[][]
        effect: 'read' | 'write' | 'send' | 'delete' | 'admin'
        idempotent: boolean
        /** The file that it takes or gives; see Files in the docs */
        file: {
          direction: 'in' | 'out'
          bytes_max: number
          media_types: string[] | null
        } | null
        /** Whether the asked user has granted what it needs */
        available: boolean
        /** Scopes that the asked user has not granted */
        missing: string[]
        /** What stands in the way whatever the user grants; see requirements */
        blocked: 'policy' | 'stopped' | 'ceiling' | 'limits' | 'agent' | 'token' | 'consent' | 'changed' | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List connectors */
  listConnectors: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        name: string
        summary: string
        auth: {
          /** form: people paste a credential of their own */
          kind: 'oauth2' | 'form'
          /** What people are asked for; the fields of POST /api/v1/connected_accounts */
          fields: ({
            name: string
            kind: 'api_key' | 'api_token' | 'username' | 'email' | 'password' | 'client_id' | 'client_secret' | 'service_account' | 'subdomain'
            /** Whether it is typed like a password */
            masked: boolean
            where: string | null
            example: string | null
          })[]
        }
        scopes: ({
          scope: string
          does: string
          example: string
          risk: 'read' | 'write' | 'send' | 'admin'
          optional: boolean
        })[]
        tools: string[]
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List the domains of an organization */
  listDomains: {
    path: {
      id: string
    }
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        hostname: string
        status: 'pending' | 'misconfigured' | 'live'
        /** Whether new links are made for it */
        primary: boolean
        /** What to publish */
        records: ({
          type: 'TXT' | 'CNAME'
          name: string
          value: string
        })[]
        /** What the last check found wrong */
        problems: ({
          record: 'TXT' | 'CNAME' | 'resolver' | 'limit' | 'taken'
          name: string
          expected: string | null
          found: string[]
          /** The same in words */
          says: string
        })[]
        /** What the consent screen calls verified: the hostname, or a parent that has the TXT record too */
        verified_domain: string | null
        checked_at: string | null
        live_since: string | null
        /** When a live one ends whose records stay wrong */
        goes_down_at: string | null
        created_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List what happened, as the outbox has it */
  listEvents: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      type?: string | undefined
    }
    body: undefined
    answer: {
      data: {
        id: string
        type: string
        schema_version: number
        org_id: string
        data: Record<string, unknown>
        created_at: string
      }[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List executions */
  listExecutions: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      user_id?: string | undefined
      connected_account_id?: string | undefined
      tool_name?: string | undefined
      status?: 'running' | 'succeeded' | 'failed' | 'unknown' | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        user_id: string
        connected_account_id: string
        connection_id: string
        tool_name: string
        effect: 'read' | 'write' | 'send' | 'delete' | 'admin'
        actor: {
          type: string
          id: string
        }
        /** Every agent that the call went through, the one that called first; empty where none did */
        actors: string[]
        status: 'running' | 'succeeded' | 'failed' | 'unknown'
        error_code: string | null
        duration_ms: number | null
        context: Record<string, unknown>
        /** The file that the call moved, once it is over */
        file: {
          direction: 'in' | 'out'
          media_type: string
          /** Bytes that went through */
          size_bytes: number
          /** Of the file; null where not all of it went through */
          sha256: string | null
          complete: boolean
        } | null
        trace_id: string
        created_at: string
        finished_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List legal holds, newest first, lifted ones too */
  listLegalHolds: {
    path: {
      id: string
    }
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        reason: string
        placed_by: {
          type: string
          id: string
        }
        placed_at: string
        lifted_by: {
          type: string
          id: string
        } | null
        lifted_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List the limits of an organization */
  listLimits: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        name: string
        kind: 'rate' | 'concurrency' | 'daily_calls' | 'daily_cost'
        most: number
        window_seconds: number | null
        per: ('user' | 'agent' | 'account' | 'tool' | 'connector')[]
        agent_id: string | null
        user_id: string | null
        tool_name: string | null
        connector: string | null
        replaces_default: boolean
        created_at: string
        updated_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List members of the console */
  listMembers: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        /** null for an operator of the deployment */
        org_id: string | null
        email: string
        name: string | null
        role: 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'
        /** invited: has never signed in */
        status: 'invited' | 'active' | 'disabled'
        /** Of the last sign-in */
        sign_in_method: 'link' | 'sso' | null
        last_signed_in_at: string | null
        created_at: string
        disabled_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List organizations */
  listOrgs: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        name: string
        origins: string[]
        branding: Record<string, unknown>
        settings: Record<string, unknown>
        encryption_key: {
          service: 'vault' | 'aws_kms' | 'gcp_kms'
          name: string
        } | null
        timezone: string | null
        created_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List policies */
  listPolicies: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        name: string
        effect: 'deny'
        tools: string[]
        effects: ('read' | 'write' | 'send' | 'delete' | 'admin')[]
        created_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List cases */
  listPolicyCases: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        name: string
        call: {
          tool_name: string
          params: Record<string, unknown>
          /** null for the product itself */
          agent: {
            id: string
            name: string
            owner: string | null
            purpose: string | null
            team: string | null
            environment: string | null
          } | null
          /** The agents that passed the call on to this one, the nearest first */
          via: string[]
          user: {
            id: string
            groups: string[]
          }
          account: string
          /** Of the scopes that the call uses; without it, that of the tool itself */
          risk?: 'read' | 'write' | 'send' | 'admin'
          /** A Wednesday noon */
          time: string
          /** IANA name; without it, the organization's */
          timezone?: string
          ip: string | null
          usage: {
            last_hour: number
            last_day: number
            last_week: number
          }
        }
        expected: {
          decision: 'allow' | 'deny' | 'ask'
          /** Those that decide, without the number of the version */
          policy_ids?: string[]
          masks?: string[]
          quorum?: number
        }
        created_by: {
          type: string
          id: string
        }
        created_at: string
        updated_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List versions of the policies */
  listPolicyVersions: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        /** Counts up within the organization */
        number: number
        status: 'draft' | 'in_force' | 'superseded' | 'discarded'
        engine: 'cedar' | 'opa'
        note: string | null
        created_by: {
          type: string
          id: string
        }
        created_at: string
        updated_at: string
        published_by: {
          type: string
          id: string
        } | null
        /** When it was first published: it has not changed since */
        published_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List the mass revocations of an organization or, without one, the batches over all of them */
  listRevocations: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        /** The same for all that one call revoked */
        batch_id: string
        /** null for the head of a batch over every organization */
        org_id: string | null
        filter: Record<string, unknown>
        reason: string
        /** running until every provider has been told, or cannot be */
        status: 'running' | 'done'
        accounts: {
          /** No call gets their credentials since created_at */
          stopped: number
          /** The provider confirmed */
          revoked: number
          /** The provider has no such call */
          unsupported: number
          /** The provider did not confirm, or could not be told without ending another account */
          unconfirmed: number
          /** The provider is still being told */
          pending: number
          /** There was no credential any more */
          nothing_owed: number
        }
        /** What was destroyed, for a deleted organization */
        certificate: Record<string, unknown> | null
        created_at: string
        finished_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** What became of each account, here and at its provider */
  listRevokedAccounts: {
    path: {
      id: string
    }
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        connected_account_id: string
        user_id: string
        connector: string
        stopped_at: string
        upstream: 'pending' | 'revoked' | 'unsupported' | 'unconfirmed' | 'nothing_owed'
        error_code: string | null
        settled_at: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List scope ceilings */
  listScopeCeilings: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      connector?: string | undefined
      group?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        connector: string
        group: string | null
        scopes: string[]
        created_at: string
        updated_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List the identity providers by which members sign in to the console */
  listSsoConnections: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        /** Null for the connection by which operators sign in */
        org_id: string | null
        name: string
        issuer: string
        client_id: string
        client_auth: 'client_secret_basic' | 'client_secret_post' | 'none'
        has_client_secret: boolean
        scopes: string[]
        groups_claim: string
        creates_members: boolean
        /** Group → role */
        role_bindings: Record<string, 'owner' | 'security_admin' | 'connector_manager' | 'approver' | 'auditor' | 'developer' | 'support'>
        status: 'on' | 'off'
        /** Register this at the identity provider */
        redirect_uri: string
        created_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List the issuers whose assertions are taken */
  listSsoKeys: {
    path: {
      id: string
    }
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        issuer: string
        jwks_uri: string | null
        token_exchange: boolean
        /** Thumbprints of the keys that were registered themselves (RFC 7638) */
        key_ids: string[]
        created_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List the stops of an organization or, without one, those that hold in all of them */
  listStops: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      status?: 'active' | 'lifted' | 'over' | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        /** null for one that holds in every organization */
        org_id: string | null
        subject: {
          type: 'agent' | 'user' | 'tool' | 'connector' | 'org' | 'all'
          id: string | null
        }
        reason: string
        status: 'active' | 'lifted' | 'over'
        placed_by: {
          type: string
          id: string
        }
        created_at: string
        until: string | null
        lifted_at: string | null
        lifted_by: {
          type: string
          id: string
        } | null
        lift_reason: string | null
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List tools, and what a user can run */
  listTools: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
      /** Whose grants `available` and `missing` answer for */
      user_id?: string | undefined
      connector?: string | undefined
      /** Words to look for in name, title and description */
      q?: string | undefined
      /** The shape that a model takes tools in: Chat Completions, Responses, Messages, or MCP. Names there are `connector__verb_noun` */
      format?: 'native' | 'openai' | 'openai_responses' | 'anthropic' | 'mcp' | undefined
    }
    body: undefined
    answer: {
      data: ({
        name: string
        title: string
        description: string
        connector: string
        input_schema: Record<string, unknown>
        output_schema: Record<string, unknown>
        /** Alternatives of conjunctions */
        scopes: string[][]
        effect: 'read' | 'write' | 'send' | 'delete' | 'admin'
        idempotent: boolean
        /** The file that it takes or gives; see Files in the docs */
        file: {
          direction: 'in' | 'out'
          bytes_max: number
          media_types: string[] | null
        } | null
        /** Whether the asked user has granted what it needs */
        available: boolean
        /** Scopes that the asked user has not granted */
        missing: string[]
        /** What stands in the way whatever the user grants; see requirements */
        blocked: 'policy' | 'stopped' | 'ceiling' | 'limits' | 'agent' | 'token' | 'consent' | 'changed' | null
      } | Record<string, unknown>)[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** List the toolsets of an organization */
  listToolsets: {
    path: undefined
    query: {
      /** Most items to return */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      data: ({
        id: string
        org_id: string
        name: string
        description: string | null
        agent_id: string | null
        connectors: string[] | null
        tools: string[] | null
        tool_discovery: 'list' | 'search'
        /** Its MCP endpoint */
        url: string
        created_by: {
          type: string
          id: string
        }
        created_at: string
        updated_at: string
      })[]
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** Lend an account for less, at once: fewer scopes, fewer resources, an earlier end */
  narrowConnectedAccount: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Those to keep */
      scopes?: string[] | undefined
      /** By kind, what may still be reached */
      resources?: Record<string, {
        id: string
        label: string
      }[]> | undefined
      /** Never later than it would end */
      expires_in_days?: number | undefined
    }
    answer: {
      id: string
      org_id: string
      user_id: string
      connector: string
      status: 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked'
      status_reason: string | null
      account: {
        id: string
        label: string
      }
      connection: {
        id: string
        scopes: string[]
        consented_at: string
        consented_by: string
        receipt_url: string
        /** When the consent ends by itself; null for never */
        expires_at: string | null
      } | null
      credential_expires_at: string | null
      created_at: string
      last_used_at: string | null
    }
  }
  /** Change what is given and leave the rest */
  patchOrg: {
    path: {
      id: string
    }
    query: undefined
    body: {
      name?: string | undefined
      /** Origins that may embed the portal and be returned to */
      origins?: string[] | undefined
      /** The simplest look: publishes a version with these in place of the same of the version before. All else is at /branding */
      branding?: {
        primary?: string | undefined
        support_url?: string | undefined
        privacy_url?: string | undefined
        terms_url?: string | undefined
      } | undefined
      /** Limits and retention */
      settings?: {
        input_retention_days?: number | undefined
        /** How long events of the audit are kept; without it, the deployment's, or for ever */
        audit_retention_days?: number | undefined
        /** Without it, the deployment's */
        connectors?: {
          /** only offers those in order, and none that is added later */
          mode: 'all' | 'only'
          /** These come first, in this order */
          order?: string[] | undefined
          /** Never offered, even to a session that names them */
          hidden?: string[] | undefined
        } | undefined
        /** For how long a person may lend an account at most; without it, until they take it back */
        consent_duration_days_max?: number | undefined
        connection_approval?: ({
          connector: string
          /** Only where one of these is asked for; without it, every connection of the connector */
          scopes?: string[] | undefined
        })[] | undefined
        /** Whose name stands before the deployment’s address in mail; without it, the organization’s */
        mail_sender_name?: string | undefined
        /** Where answers to its mail go */
        mail_reply_to?: string | undefined
        /** Where in the product people find their agents: its page opens a session of kind 'manage' */
        manage_url?: string | undefined
        /** Where in the product a person goes whom the authorization server has to know, with `sign_in` added to it; within the registered origins */
        sign_in_url?: string | undefined
      } | undefined
      /** Where its clocks are, for policies that speak of hours and weeks; null is UTC */
      timezone?: string | null | undefined
      /** The organization's own key, which wraps its keys from now on (for unrestricted keys); null for the deployment's */
      encryption_key?: {
        service: 'vault' | 'aws_kms' | 'gcp_kms'
        name: string
      } | null | undefined
    }
    answer: {
      id: string
      name: string
      origins: string[]
      branding: Record<string, unknown>
      settings: Record<string, unknown>
      encryption_key: {
        service: 'vault' | 'aws_kms' | 'gcp_kms'
        name: string
      } | null
      timezone: string | null
      created_at: string
    }
  }
  /** Refuse calls until resumed; the consent stays */
  pauseConnectedAccount: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      user_id: string
      connector: string
      status: 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked'
      status_reason: string | null
      account: {
        id: string
        label: string
      }
      connection: {
        id: string
        scopes: string[]
        consented_at: string
        consented_by: string
        receipt_url: string
        /** When the consent ends by itself; null for never */
        expires_at: string | null
      } | null
      credential_expires_at: string | null
      created_at: string
      last_used_at: string | null
    }
  }
  /** Keep an organization's whole audit, whatever its retention says */
  placeLegalHold: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Such as the name of the matter */
      reason: string
    }
    answer: {
      id: string
      reason: string
      placed_by: {
        type: string
        id: string
      }
      placed_at: string
      lifted_by: {
        type: string
        id: string
      } | null
      lifted_at: string | null
    }
  }
  /** Stop calls at once: of an agent, for a user, of a tool, a connector or an organization, or all */
  placeStop: {
    path: undefined
    query: undefined
    body: {
      /** Without one, an unrestricted key stops an agent, a tool, a connector or all in every organization */
      org_id?: string | undefined
      subject: {
        type: 'agent'
        id: string
      } | {
        type: 'user'
        id: string
      } | {
        type: 'tool'
        id: string
      } | {
        type: 'connector'
        id: string
      } | {
        type: 'org'
      } | {
        type: 'all'
      }
      /** Told to whoever calls: no secret, no personal data */
      reason: string
      /** Without one it holds until it is lifted */
      until?: string | undefined
    }
    answer: {
      id: string
      /** null for one that holds in every organization */
      org_id: string | null
      subject: {
        type: 'agent' | 'user' | 'tool' | 'connector' | 'org' | 'all'
        id: string | null
      }
      reason: string
      status: 'active' | 'lifted' | 'over'
      placed_by: {
        type: string
        id: string
      }
      created_at: string
      until: string | null
      lifted_at: string | null
      lifted_by: {
        type: string
        id: string
      } | null
      lift_reason: string | null
      /** Calls that were under way and have not ended when this answers; each was told to end. Usually 0 */
      in_flight: number
    }
  }
  /** Show the draft to everybody, as a new version */
  publishBranding: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      /** What publishing would show; the published theme until something is changed */
      draft: {
        /** Stands above every screen; who asks stays the organization’s name */
        name?: string
        support_url?: string
        privacy_url?: string
        terms_url?: string
        /** Leaves out the line that says who keeps the credentials */
        hide_badge?: boolean
        /** repair moves colours until they can be read; refuse takes them as they are, or not at all */
        contrast?: 'repair' | 'refuse'
        light?: {
          bg?: string
          page_bg?: string
          fg?: string
          card?: string
          card_fg?: string
          muted?: string
          muted_fg?: string
          accent?: string
          primary?: string
          primary_fg?: string
          link?: string
          border?: string
          input?: string
          ring?: string
          danger?: string
          danger_fg?: string
          warning?: string
          warning_fg?: string
          success?: string
          success_fg?: string
          info?: string
          info_fg?: string
          risk_read?: string
          risk_write?: string
          risk_send?: string
          risk_admin?: string
        }
        dark?: {
          bg?: string
          page_bg?: string
          fg?: string
          card?: string
          card_fg?: string
          muted?: string
          muted_fg?: string
          accent?: string
          primary?: string
          primary_fg?: string
          link?: string
          border?: string
          input?: string
          ring?: string
          danger?: string
          danger_fg?: string
          warning?: string
          warning_fg?: string
          success?: string
          success_fg?: string
          info?: string
          info_fg?: string
          risk_read?: string
          risk_write?: string
          risk_send?: string
          risk_admin?: string
        }
        look?: {
          /** auto follows the device */
          scheme?: 'auto' | 'light' | 'dark'
          /** auto follows the language */
          dir?: 'auto' | 'ltr' | 'rtl'
          /** auto follows the device */
          motion?: 'auto' | 'none'
          font_body?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          font_heading?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          font_mono?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          /** Size of running text in px, before the reader’s own setting */
          text_base?: number
          weight_strong?: 500 | 600 | 700
          /** px */
          radius_control?: number
          /** px */
          radius_card?: number
          /** px */
          radius_pill?: number
          /** px */
          border_width?: number
          shadow?: 'none' | 'soft' | 'strong'
          density?: 'compact' | 'regular' | 'roomy'
          /** Shown on light surfaces; an uploaded image */
          logo_light?: string
          /** Shown on dark surfaces; without it, logo_light */
          logo_dark?: string
          /** px */
          logo_height?: number
          favicon?: string
        }
        texts?: { [Name in 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl' | 'pl' | 'ja' | 'zh' | 'ar' | 'he']?: Record<string, string> }
      }
      draft_saved_at: string | null
      /** What the draft changes of the published theme */
      unpublished_fields: string[]
      /** What repair moves in the draft */
      contrast: {
        light: ({
          colour: string
          from: string
          to: string
          ratio_from: number | null
          ratio_to: number | null
          ratio_min: number | null
        })[]
        dark: ({
          colour: string
          from: string
          to: string
          ratio_from: number | null
          ratio_to: number | null
          ratio_min: number | null
        })[]
      }
      published: {
        version: number
        theme: {
          /** Stands above every screen; who asks stays the organization’s name */
          name?: string
          support_url?: string
          privacy_url?: string
          terms_url?: string
          /** Leaves out the line that says who keeps the credentials */
          hide_badge?: boolean
          /** repair moves colours until they can be read; refuse takes them as they are, or not at all */
          contrast?: 'repair' | 'refuse'
          light?: {
            bg?: string
            page_bg?: string
            fg?: string
            card?: string
            card_fg?: string
            muted?: string
            muted_fg?: string
            accent?: string
            primary?: string
            primary_fg?: string
            link?: string
            border?: string
            input?: string
            ring?: string
            danger?: string
            danger_fg?: string
            warning?: string
            warning_fg?: string
            success?: string
            success_fg?: string
            info?: string
            info_fg?: string
            risk_read?: string
            risk_write?: string
            risk_send?: string
            risk_admin?: string
          }
          dark?: {
            bg?: string
            page_bg?: string
            fg?: string
            card?: string
            card_fg?: string
            muted?: string
            muted_fg?: string
            accent?: string
            primary?: string
            primary_fg?: string
            link?: string
            border?: string
            input?: string
            ring?: string
            danger?: string
            danger_fg?: string
            warning?: string
            warning_fg?: string
            success?: string
            success_fg?: string
            info?: string
            info_fg?: string
            risk_read?: string
            risk_write?: string
            risk_send?: string
            risk_admin?: string
          }
          look?: {
            /** auto follows the device */
            scheme?: 'auto' | 'light' | 'dark'
            /** auto follows the language */
            dir?: 'auto' | 'ltr' | 'rtl'
            /** auto follows the device */
            motion?: 'auto' | 'none'
            font_body?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            font_heading?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            font_mono?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            /** Size of running text in px, before the reader’s own setting */
            text_base?: number
            weight_strong?: 500 | 600 | 700
            /** px */
            radius_control?: number
            /** px */
            radius_card?: number
            /** px */
            radius_pill?: number
            /** px */
            border_width?: number
            shadow?: 'none' | 'soft' | 'strong'
            density?: 'compact' | 'regular' | 'roomy'
            /** Shown on light surfaces; an uploaded image */
            logo_light?: string
            /** Shown on dark surfaces; without it, logo_light */
            logo_dark?: string
            /** px */
            logo_height?: number
            favicon?: string
          }
          texts?: { [Name in 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl' | 'pl' | 'ja' | 'zh' | 'ar' | 'he']?: Record<string, string> }
        }
        changed_fields: string[]
        /** The version that this one went back to */
        restored_version: number | null
        published_by: {
          type: string
          id: string | null
        }
        published_at: string
      } | null
      /** The last fifty, newest first */
      versions: ({
        version: number
        changed_fields: string[]
        /** The version that this one went back to */
        restored_version: number | null
        published_by: {
          type: string
          id: string | null
        }
        published_at: string
      })[]
      assets: ({
        id: string
        kind: 'logo' | 'favicon' | 'font'
        name: string
        content_type: string
        /** A path of this host; anybody may load it once it is published */
        url: string
        width: number | null
        height: number | null
        created_at: string
      })[]
    }
  }
  /** Put a draft in force */
  publishPolicyVersion: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Publishes though cases fail */
      force?: boolean | undefined
      /** Why; needed with force, and kept in the audit */
      reason?: string | undefined
    }
    answer: {
      id: string
      org_id: string
      /** Counts up within the organization */
      number: number
      status: 'draft' | 'in_force' | 'superseded' | 'discarded'
      engine: 'cedar' | 'opa'
      note: string | null
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
      published_by: {
        type: string
        id: string
      } | null
      /** When it was first published: it has not changed since */
      published_at: string | null
      source: string
      problems: ({
        severity: 'error' | 'warning'
        /** From 1 */
        line: number | null
        /** From 1, in letters */
        column: number | null
        message: string
        fix: string | null
      })[]
    }
  }
  /** Replace the draft */
  putBranding: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Stands above every screen; who asks stays the organization’s name */
      name?: string | undefined
      support_url?: string | undefined
      privacy_url?: string | undefined
      terms_url?: string | undefined
      /** Leaves out the line that says who keeps the credentials */
      hide_badge?: boolean | undefined
      /** repair moves colours until they can be read; refuse takes them as they are, or not at all */
      contrast?: 'repair' | 'refuse' | undefined
      light?: {
        bg?: string | undefined
        page_bg?: string | undefined
        fg?: string | undefined
        card?: string | undefined
        card_fg?: string | undefined
        muted?: string | undefined
        muted_fg?: string | undefined
        accent?: string | undefined
        primary?: string | undefined
        primary_fg?: string | undefined
        link?: string | undefined
        border?: string | undefined
        input?: string | undefined
        ring?: string | undefined
        danger?: string | undefined
        danger_fg?: string | undefined
        warning?: string | undefined
        warning_fg?: string | undefined
        success?: string | undefined
        success_fg?: string | undefined
        info?: string | undefined
        info_fg?: string | undefined
        risk_read?: string | undefined
        risk_write?: string | undefined
        risk_send?: string | undefined
        risk_admin?: string | undefined
      } | undefined
      dark?: {
        bg?: string | undefined
        page_bg?: string | undefined
        fg?: string | undefined
        card?: string | undefined
        card_fg?: string | undefined
        muted?: string | undefined
        muted_fg?: string | undefined
        accent?: string | undefined
        primary?: string | undefined
        primary_fg?: string | undefined
        link?: string | undefined
        border?: string | undefined
        input?: string | undefined
        ring?: string | undefined
        danger?: string | undefined
        danger_fg?: string | undefined
        warning?: string | undefined
        warning_fg?: string | undefined
        success?: string | undefined
        success_fg?: string | undefined
        info?: string | undefined
        info_fg?: string | undefined
        risk_read?: string | undefined
        risk_write?: string | undefined
        risk_send?: string | undefined
        risk_admin?: string | undefined
      } | undefined
      look?: {
        /** auto follows the device */
        scheme?: 'auto' | 'light' | 'dark' | undefined
        /** auto follows the language */
        dir?: 'auto' | 'ltr' | 'rtl' | undefined
        /** auto follows the device */
        motion?: 'auto' | 'none' | undefined
        font_body?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string | undefined
        font_heading?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string | undefined
        font_mono?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string | undefined
        /** Size of running text in px, before the reader’s own setting */
        text_base?: number | undefined
        weight_strong?: 500 | 600 | 700 | undefined
        /** px */
        radius_control?: number | undefined
        /** px */
        radius_card?: number | undefined
        /** px */
        radius_pill?: number | undefined
        /** px */
        border_width?: number | undefined
        shadow?: 'none' | 'soft' | 'strong' | undefined
        density?: 'compact' | 'regular' | 'roomy' | undefined
        /** Shown on light surfaces; an uploaded image */
        logo_light?: string | undefined
        /** Shown on dark surfaces; without it, logo_light */
        logo_dark?: string | undefined
        /** px */
        logo_height?: number | undefined
        favicon?: string | undefined
      } | undefined
      texts?: { [Name in 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl' | 'pl' | 'ja' | 'zh' | 'ar' | 'he']?: Record<string, string> } | undefined
    }
    answer: {
      /** What publishing would show; the published theme until something is changed */
      draft: {
        /** Stands above every screen; who asks stays the organization’s name */
        name?: string
        support_url?: string
        privacy_url?: string
        terms_url?: string
        /** Leaves out the line that says who keeps the credentials */
        hide_badge?: boolean
        /** repair moves colours until they can be read; refuse takes them as they are, or not at all */
        contrast?: 'repair' | 'refuse'
        light?: {
          bg?: string
          page_bg?: string
          fg?: string
          card?: string
          card_fg?: string
          muted?: string
          muted_fg?: string
          accent?: string
          primary?: string
          primary_fg?: string
          link?: string
          border?: string
          input?: string
          ring?: string
          danger?: string
          danger_fg?: string
          warning?: string
          warning_fg?: string
          success?: string
          success_fg?: string
          info?: string
          info_fg?: string
          risk_read?: string
          risk_write?: string
          risk_send?: string
          risk_admin?: string
        }
        dark?: {
          bg?: string
          page_bg?: string
          fg?: string
          card?: string
          card_fg?: string
          muted?: string
          muted_fg?: string
          accent?: string
          primary?: string
          primary_fg?: string
          link?: string
          border?: string
          input?: string
          ring?: string
          danger?: string
          danger_fg?: string
          warning?: string
          warning_fg?: string
          success?: string
          success_fg?: string
          info?: string
          info_fg?: string
          risk_read?: string
          risk_write?: string
          risk_send?: string
          risk_admin?: string
        }
        look?: {
          /** auto follows the device */
          scheme?: 'auto' | 'light' | 'dark'
          /** auto follows the language */
          dir?: 'auto' | 'ltr' | 'rtl'
          /** auto follows the device */
          motion?: 'auto' | 'none'
          font_body?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          font_heading?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          font_mono?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          /** Size of running text in px, before the reader’s own setting */
          text_base?: number
          weight_strong?: 500 | 600 | 700
          /** px */
          radius_control?: number
          /** px */
          radius_card?: number
          /** px */
          radius_pill?: number
          /** px */
          border_width?: number
          shadow?: 'none' | 'soft' | 'strong'
          density?: 'compact' | 'regular' | 'roomy'
          /** Shown on light surfaces; an uploaded image */
          logo_light?: string
          /** Shown on dark surfaces; without it, logo_light */
          logo_dark?: string
          /** px */
          logo_height?: number
          favicon?: string
        }
        texts?: { [Name in 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl' | 'pl' | 'ja' | 'zh' | 'ar' | 'he']?: Record<string, string> }
      }
      draft_saved_at: string | null
      /** What the draft changes of the published theme */
      unpublished_fields: string[]
      /** What repair moves in the draft */
      contrast: {
        light: ({
          colour: string
          from: string
          to: string
          ratio_from: number | null
          ratio_to: number | null
          ratio_min: number | null
        })[]
        dark: ({
          colour: string
          from: string
          to: string
          ratio_from: number | null
          ratio_to: number | null
          ratio_min: number | null
        })[]
      }
      published: {
        version: number
        theme: {
          /** Stands above every screen; who asks stays the organization’s name */
          name?: string
          support_url?: string
          privacy_url?: string
          terms_url?: string
          /** Leaves out the line that says who keeps the credentials */
          hide_badge?: boolean
          /** repair moves colours until they can be read; refuse takes them as they are, or not at all */
          contrast?: 'repair' | 'refuse'
          light?: {
            bg?: string
            page_bg?: string
            fg?: string
            card?: string
            card_fg?: string
            muted?: string
            muted_fg?: string
            accent?: string
            primary?: string
            primary_fg?: string
            link?: string
            border?: string
            input?: string
            ring?: string
            danger?: string
            danger_fg?: string
            warning?: string
            warning_fg?: string
            success?: string
            success_fg?: string
            info?: string
            info_fg?: string
            risk_read?: string
            risk_write?: string
            risk_send?: string
            risk_admin?: string
          }
          dark?: {
            bg?: string
            page_bg?: string
            fg?: string
            card?: string
            card_fg?: string
            muted?: string
            muted_fg?: string
            accent?: string
            primary?: string
            primary_fg?: string
            link?: string
            border?: string
            input?: string
            ring?: string
            danger?: string
            danger_fg?: string
            warning?: string
            warning_fg?: string
            success?: string
            success_fg?: string
            info?: string
            info_fg?: string
            risk_read?: string
            risk_write?: string
            risk_send?: string
            risk_admin?: string
          }
          look?: {
            /** auto follows the device */
            scheme?: 'auto' | 'light' | 'dark'
            /** auto follows the language */
            dir?: 'auto' | 'ltr' | 'rtl'
            /** auto follows the device */
            motion?: 'auto' | 'none'
            font_body?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            font_heading?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            font_mono?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            /** Size of running text in px, before the reader’s own setting */
            text_base?: number
            weight_strong?: 500 | 600 | 700
            /** px */
            radius_control?: number
            /** px */
            radius_card?: number
            /** px */
            radius_pill?: number
            /** px */
            border_width?: number
            shadow?: 'none' | 'soft' | 'strong'
            density?: 'compact' | 'regular' | 'roomy'
            /** Shown on light surfaces; an uploaded image */
            logo_light?: string
            /** Shown on dark surfaces; without it, logo_light */
            logo_dark?: string
            /** px */
            logo_height?: number
            favicon?: string
          }
          texts?: { [Name in 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl' | 'pl' | 'ja' | 'zh' | 'ar' | 'he']?: Record<string, string> }
        }
        changed_fields: string[]
        /** The version that this one went back to */
        restored_version: number | null
        published_by: {
          type: string
          id: string | null
        }
        published_at: string
      } | null
      /** The last fifty, newest first */
      versions: ({
        version: number
        changed_fields: string[]
        /** The version that this one went back to */
        restored_version: number | null
        published_by: {
          type: string
          id: string | null
        }
        published_at: string
      })[]
      assets: ({
        id: string
        kind: 'logo' | 'favicon' | 'font'
        name: string
        content_type: string
        /** A path of this host; anybody may load it once it is published */
        url: string
        width: number | null
        height: number | null
        created_at: string
      })[]
    }
  }
  /** Make an organization, or change what is given */
  putOrg: {
    path: {
      id: string
    }
    query: undefined
    body: {
      name?: string | undefined
      /** Origins that may embed the portal and be returned to */
      origins?: string[] | undefined
      /** The simplest look: publishes a version with these in place of the same of the version before. All else is at /branding */
      branding?: {
        primary?: string | undefined
        support_url?: string | undefined
        privacy_url?: string | undefined
        terms_url?: string | undefined
      } | undefined
      /** Limits and retention */
      settings?: {
        input_retention_days?: number | undefined
        /** How long events of the audit are kept; without it, the deployment's, or for ever */
        audit_retention_days?: number | undefined
        /** Without it, the deployment's */
        connectors?: {
          /** only offers those in order, and none that is added later */
          mode: 'all' | 'only'
          /** These come first, in this order */
          order?: string[] | undefined
          /** Never offered, even to a session that names them */
          hidden?: string[] | undefined
        } | undefined
        /** For how long a person may lend an account at most; without it, until they take it back */
        consent_duration_days_max?: number | undefined
        connection_approval?: ({
          connector: string
          /** Only where one of these is asked for; without it, every connection of the connector */
          scopes?: string[] | undefined
        })[] | undefined
        /** Whose name stands before the deployment’s address in mail; without it, the organization’s */
        mail_sender_name?: string | undefined
        /** Where answers to its mail go */
        mail_reply_to?: string | undefined
        /** Where in the product people find their agents: its page opens a session of kind 'manage' */
        manage_url?: string | undefined
        /** Where in the product a person goes whom the authorization server has to know, with `sign_in` added to it; within the registered origins */
        sign_in_url?: string | undefined
      } | undefined
      /** Where its clocks are, for policies that speak of hours and weeks; null is UTC */
      timezone?: string | null | undefined
      /** The organization's own key, which wraps its keys from now on (for unrestricted keys); null for the deployment's */
      encryption_key?: {
        service: 'vault' | 'aws_kms' | 'gcp_kms'
        name: string
      } | null | undefined
    }
    answer: {
      id: string
      name: string
      origins: string[]
      branding: Record<string, unknown>
      settings: Record<string, unknown>
      encryption_key: {
        service: 'vault' | 'aws_kms' | 'gcp_kms'
        name: string
      } | null
      timezone: string | null
      created_at: string
    }
  }
  /** Set the most that people of a group may use at a connector */
  putScopeCeiling: {
    path: undefined
    query: undefined
    body: {
      org_id?: string | undefined
      connector: string
      /** As in `user.groups` of a connect session; `null` for whoever is in no group with a ceiling */
      group?: string | null | undefined
      /** The most that these people may use at the connector; empty for nothing */
      scopes: string[]
    }
    answer: {
      id: string
      org_id: string
      connector: string
      group: string | null
      scopes: string[]
      created_at: string
      updated_at: string
    }
  }
  /** Let an end user connect again */
  reactivateUser: {
    path: {
      id: string
    }
    query: undefined
    body: {
      org_id?: string | undefined
    }
    answer: {
      user_id: string
      org_id: string
      status: 'active' | 'deactivated'
      /** The report of what this call revoked */
      revocation_id: string | null
    }
  }
  /** Where a provider tells of consents that ended on its side */
  receiveProviderEvent: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      /** Absent where the provider tests the address */
      received?: boolean
    } & Record<string, unknown>
  }
  /** Renew the access token now */
  refreshConnectedAccount: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      user_id: string
      connector: string
      status: 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked'
      status_reason: string | null
      account: {
        id: string
        label: string
      }
      connection: {
        id: string
        scopes: string[]
        consented_at: string
        consented_by: string
        receipt_url: string
        /** When the consent ends by itself; null for never */
        expires_at: string | null
      } | null
      credential_expires_at: string | null
      created_at: string
      last_used_at: string | null
    }
  }
  /** Try a version on past calls */
  replayPolicyVersion: {
    path: {
      id: string
    }
    query: undefined
    body: {
      since?: string | undefined
      until?: string | undefined
      /** Most calls to judge */
      limit?: number | undefined
      /** next_cursor of the page before */
      cursor?: string | undefined
    }
    answer: {
      data: ({
        /** Of the execution; of a refused call, the id under which its facts are kept */
        id: string
        occurred_at: string
        tool_name: string
        recorded: {
          engine: string
          decision: 'allow' | 'deny' | 'ask'
          policy_ids: string[]
        }
        draft: {
          engine: string
          decision: 'allow' | 'deny' | 'ask'
          policy_ids: string[]
          masks: string[]
          approval: {
            quorum: number
            expires_in_seconds: number | null
          } | null
          reason: string | null
          /** Why the call could not be judged; it is denied then */
          problem: string | null
        }
      })[]
      /** Calls of this page whose facts were judged again */
      judged: number
      /** Calls of this page whose facts are not kept, or no more */
      without_facts: number
      has_more: boolean
      next_cursor: string | null
    }
  }
  /** Let calls through again */
  resumeConnectedAccount: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      user_id: string
      connector: string
      status: 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked'
      status_reason: string | null
      account: {
        id: string
        label: string
      }
      connection: {
        id: string
        scopes: string[]
        consented_at: string
        consented_by: string
        receipt_url: string
        /** When the consent ends by itself; null for never */
        expires_at: string | null
      } | null
      credential_expires_at: string | null
      created_at: string
      last_used_at: string | null
    }
  }
  /** Take back what a person let an agent do */
  revokeAgentGrant: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      user_id: string
      agent_id: string
      /** As the authorization server calls the agent */
      client_id: string
      status: 'active' | 'expired' | 'revoked'
      /** What tokens under it are good at */
      resource: string
      scopes: string[]
      /** Which tools on which accounts; an account that was ended since is not among them */
      connected_accounts: {
        id: string
        tools: string[]
      }[]
      /** Those of the tools that were found to be others since, which are not offered until the person is asked again */
      changed_tools: string[]
      /** What was shown, and what the person chose */
      consent_text: string
      locale: string
      /** What the client said of itself, and what was known of it */
      client: Record<string, unknown>
      created_at: string
      expires_at: string | null
      revoked_at: string | null
      revoked_by: {
        type: string
        id: string
      } | null
    }
  }
  /** Stop all use at once, revoke at the provider, and report both */
  revokeConnectedAccount: {
    path: {
      id: string
    }
    query: undefined
    body: {
      reason?: string | undefined
    }
    answer: {
      id: string
      org_id: string
      user_id: string
      connector: string
      status: 'active' | 'needs_reauth' | 'unverified' | 'paused' | 'revoked'
      status_reason: string | null
      account: {
        id: string
        label: string
      }
      connection: {
        id: string
        scopes: string[]
        consented_at: string
        consented_by: string
        receipt_url: string
        /** When the consent ends by itself; null for never */
        expires_at: string | null
      } | null
      credential_expires_at: string | null
      created_at: string
      last_used_at: string | null
      /** No call gets the credential from here on */
      stopped: true
      /** What became of it at the provider; pending is being tried again */
      upstream: 'revoked' | 'unsupported' | 'pending' | 'unconfirmed'
    }
  }
  /** Put an earlier version in force again */
  rollBackPolicyVersion: {
    path: {
      id: string
    }
    query: undefined
    body: {
      /** Publishes though cases fail */
      force?: boolean | undefined
      /** Why; needed with force, and kept in the audit */
      reason?: string | undefined
    }
    answer: {
      id: string
      org_id: string
      /** Counts up within the organization */
      number: number
      status: 'draft' | 'in_force' | 'superseded' | 'discarded'
      engine: 'cedar' | 'opa'
      note: string | null
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
      published_by: {
        type: string
        id: string
      } | null
      /** When it was first published: it has not changed since */
      published_at: string | null
      source: string
      problems: ({
        severity: 'error' | 'warning'
        /** From 1 */
        line: number | null
        /** From 1, in letters */
        column: number | null
        message: string
        fix: string | null
      })[]
    }
  }
  /** Publish an older version once more, under a new number; the draft stays */
  rollbackBranding: {
    path: {
      id: string
    }
    query: undefined
    body: {
      version: number
    }
    answer: {
      /** What publishing would show; the published theme until something is changed */
      draft: {
        /** Stands above every screen; who asks stays the organization’s name */
        name?: string
        support_url?: string
        privacy_url?: string
        terms_url?: string
        /** Leaves out the line that says who keeps the credentials */
        hide_badge?: boolean
        /** repair moves colours until they can be read; refuse takes them as they are, or not at all */
        contrast?: 'repair' | 'refuse'
        light?: {
          bg?: string
          page_bg?: string
          fg?: string
          card?: string
          card_fg?: string
          muted?: string
          muted_fg?: string
          accent?: string
          primary?: string
          primary_fg?: string
          link?: string
          border?: string
          input?: string
          ring?: string
          danger?: string
          danger_fg?: string
          warning?: string
          warning_fg?: string
          success?: string
          success_fg?: string
          info?: string
          info_fg?: string
          risk_read?: string
          risk_write?: string
          risk_send?: string
          risk_admin?: string
        }
        dark?: {
          bg?: string
          page_bg?: string
          fg?: string
          card?: string
          card_fg?: string
          muted?: string
          muted_fg?: string
          accent?: string
          primary?: string
          primary_fg?: string
          link?: string
          border?: string
          input?: string
          ring?: string
          danger?: string
          danger_fg?: string
          warning?: string
          warning_fg?: string
          success?: string
          success_fg?: string
          info?: string
          info_fg?: string
          risk_read?: string
          risk_write?: string
          risk_send?: string
          risk_admin?: string
        }
        look?: {
          /** auto follows the device */
          scheme?: 'auto' | 'light' | 'dark'
          /** auto follows the language */
          dir?: 'auto' | 'ltr' | 'rtl'
          /** auto follows the device */
          motion?: 'auto' | 'none'
          font_body?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          font_heading?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          font_mono?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
          /** Size of running text in px, before the reader’s own setting */
          text_base?: number
          weight_strong?: 500 | 600 | 700
          /** px */
          radius_control?: number
          /** px */
          radius_card?: number
          /** px */
          radius_pill?: number
          /** px */
          border_width?: number
          shadow?: 'none' | 'soft' | 'strong'
          density?: 'compact' | 'regular' | 'roomy'
          /** Shown on light surfaces; an uploaded image */
          logo_light?: string
          /** Shown on dark surfaces; without it, logo_light */
          logo_dark?: string
          /** px */
          logo_height?: number
          favicon?: string
        }
        texts?: { [Name in 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl' | 'pl' | 'ja' | 'zh' | 'ar' | 'he']?: Record<string, string> }
      }
      draft_saved_at: string | null
      /** What the draft changes of the published theme */
      unpublished_fields: string[]
      /** What repair moves in the draft */
      contrast: {
        light: ({
          colour: string
          from: string
          to: string
          ratio_from: number | null
          ratio_to: number | null
          ratio_min: number | null
        })[]
        dark: ({
          colour: string
          from: string
          to: string
          ratio_from: number | null
          ratio_to: number | null
          ratio_min: number | null
        })[]
      }
      published: {
        version: number
        theme: {
          /** Stands above every screen; who asks stays the organization’s name */
          name?: string
          support_url?: string
          privacy_url?: string
          terms_url?: string
          /** Leaves out the line that says who keeps the credentials */
          hide_badge?: boolean
          /** repair moves colours until they can be read; refuse takes them as they are, or not at all */
          contrast?: 'repair' | 'refuse'
          light?: {
            bg?: string
            page_bg?: string
            fg?: string
            card?: string
            card_fg?: string
            muted?: string
            muted_fg?: string
            accent?: string
            primary?: string
            primary_fg?: string
            link?: string
            border?: string
            input?: string
            ring?: string
            danger?: string
            danger_fg?: string
            warning?: string
            warning_fg?: string
            success?: string
            success_fg?: string
            info?: string
            info_fg?: string
            risk_read?: string
            risk_write?: string
            risk_send?: string
            risk_admin?: string
          }
          dark?: {
            bg?: string
            page_bg?: string
            fg?: string
            card?: string
            card_fg?: string
            muted?: string
            muted_fg?: string
            accent?: string
            primary?: string
            primary_fg?: string
            link?: string
            border?: string
            input?: string
            ring?: string
            danger?: string
            danger_fg?: string
            warning?: string
            warning_fg?: string
            success?: string
            success_fg?: string
            info?: string
            info_fg?: string
            risk_read?: string
            risk_write?: string
            risk_send?: string
            risk_admin?: string
          }
          look?: {
            /** auto follows the device */
            scheme?: 'auto' | 'light' | 'dark'
            /** auto follows the language */
            dir?: 'auto' | 'ltr' | 'rtl'
            /** auto follows the device */
            motion?: 'auto' | 'none'
            font_body?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            font_heading?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            font_mono?: 'system' | 'humanist' | 'geometric' | 'grotesque' | 'rounded' | 'serif' | 'old_style' | 'mono' | string
            /** Size of running text in px, before the reader’s own setting */
            text_base?: number
            weight_strong?: 500 | 600 | 700
            /** px */
            radius_control?: number
            /** px */
            radius_card?: number
            /** px */
            radius_pill?: number
            /** px */
            border_width?: number
            shadow?: 'none' | 'soft' | 'strong'
            density?: 'compact' | 'regular' | 'roomy'
            /** Shown on light surfaces; an uploaded image */
            logo_light?: string
            /** Shown on dark surfaces; without it, logo_light */
            logo_dark?: string
            /** px */
            logo_height?: number
            favicon?: string
          }
          texts?: { [Name in 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl' | 'pl' | 'ja' | 'zh' | 'ar' | 'he']?: Record<string, string> }
        }
        changed_fields: string[]
        /** The version that this one went back to */
        restored_version: number | null
        published_by: {
          type: string
          id: string | null
        }
        published_at: string
      } | null
      /** The last fifty, newest first */
      versions: ({
        version: number
        changed_fields: string[]
        /** The version that this one went back to */
        restored_version: number | null
        published_by: {
          type: string
          id: string | null
        }
        published_at: string
      })[]
      assets: ({
        id: string
        kind: 'logo' | 'favicon' | 'font'
        name: string
        content_type: string
        /** A path of this host; anybody may load it once it is published */
        url: string
        width: number | null
        height: number | null
        created_at: string
      })[]
    }
  }
  /** Make a new client secret; the old one is good for the overlap, and then no more */
  rotateAgentCredential: {
    path: {
      id: string
      credential_id: string
    }
    query: undefined
    body: {
      /** How long the old one is still good */
      overlap_seconds?: number | undefined
      expires_in_seconds?: number | undefined
    }
    answer: {
      id: string
      agent_id: string
      kind: 'client_secret' | 'private_key_jwt' | 'federated' | 'tls_client_auth'
      name: string | null
      /** Last four characters */
      hint: string | null
      /** Thumbprints of the keys that were registered themselves (RFC 7638) */
      key_ids: string[]
      jwks_uri: string | null
      issuer: string | null
      subject: string | null
      audience: string | null
      claims: Record<string, unknown> | null
      single_use: boolean | null
      certificate_thumbprint: string | null
      status: 'active' | 'expired' | 'revoked'
      created_by: {
        type: string
        id: string
      }
      created_at: string
      expires_at: string | null
      /** Exact to the minute */
      last_used_at: string | null
      revoked_at: string | null
      secret: string
    }
  }
  /** Say what the calls of each tool cost, in place of what was said before */
  setCosts: {
    path: undefined
    query: undefined
    body: {
      org_id?: string | undefined
      /** Units that one call costs, by tool; a tool that is not named costs 1 */
      costs: Record<string, number>
    }
    answer: {
      org_id: string
      /** Units that one call costs, by tool; a tool that is not named costs 1 */
      costs: Record<string, number>
    }
  }
  /** Run the cases on a version */
  testPolicyVersion: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      passed: boolean
      cases: ({
        case_id: string
        name: string
        passed: boolean
        expected: {
          decision: 'allow' | 'deny' | 'ask'
          /** Those that decide, without the number of the version */
          policy_ids?: string[]
          masks?: string[]
          quorum?: number
        }
        actual: {
          engine: string
          decision: 'allow' | 'deny' | 'ask'
          policy_ids: string[]
          masks: string[]
          approval: {
            quorum: number
            expires_in_seconds: number | null
          } | null
          reason: string | null
          /** Why the call could not be judged; it is denied then */
          problem: string | null
        }
      })[]
    }
  }
  /** What is still missing to run these tools for this user */
  toolRequirements: {
    path: undefined
    query: undefined
    body: {
      org_id?: string | undefined
      user_id: string
      tools: string[]
    }
    answer: {
      ready: boolean
      tools: ({
        name: string
        available: boolean
        missing: string[]
        /** What stands in the way that asking for scopes would not change: a policy, a stop, the ceiling of the user’s groups, what the user picked; for an agent also the tools that it may use at all, the scopes of its token, the tools that the user let it use, or that one of those has changed since */
        blocked: 'policy' | 'stopped' | 'ceiling' | 'limits' | 'agent' | 'token' | 'consent' | 'changed' | null
      })[]
      /** What a connect session should ask for */
      connectors: {
        connector: string
        scopes: string[]
      }[]
    }
  }
  /** Upload a logo, an icon or a font, to be named in a theme */
  uploadBrandingAsset: {
    path: {
      id: string
    }
    query: undefined
    body: {
      kind: 'logo' | 'favicon' | 'font'
      /** For the list of uploads; shown to nobody else */
      name?: string | undefined
      /** The file in base64, 700 KiB at most: PNG, JPEG, GIF, WebP or SVG; for a font WOFF2, WOFF, TTF or OTF. Images are encoded anew. */
      data: string
    }
    answer: {
      id: string
      kind: 'logo' | 'favicon' | 'font'
      name: string
      content_type: string
      /** A path of this host; anybody may load it once it is published */
      url: string
      width: number | null
      height: number | null
      created_at: string
    }
  }
  /** Check policies without keeping them */
  validatePolicies: {
    path: undefined
    query: undefined
    body: {
      engine?: 'cedar' | 'opa' | undefined
      /** Cedar: the policies, 200 at most. OPA: the path of the decision in its data, such as behalf/decision */
      source: string
    }
    answer: {
      ok: boolean
      problems: ({
        severity: 'error' | 'warning'
        /** From 1 */
        line: number | null
        /** From 1, in letters */
        column: number | null
        message: string
        fix: string | null
      })[]
    }
  }
  /** Walk the hash chain and name the first event that does not fit */
  verifyAuditEvents: {
    path: undefined
    query: {
      org_id?: string | undefined
    }
    body: undefined
    answer: {
      ok: boolean
      events: number
      head: string
      /** Id of the first event that does not fit the chain */
      first_bad: string | null
      reason: string | null
      /** Number of the first event that is kept; older ones were let go by retention */
      from: number
      /** Signed heads that the chain agrees with */
      checkpoints: number
      /** Up to this event a signed head vouches for the chain; beyond it only the chain itself does */
      signed_through: number | null
      /** The first signed head that says otherwise */
      contradicted_by: {
        sequence: number
        at: string
        kid: string
        from: string
      } | null
      /** How fast the chain was walked */
      events_per_second: number
    }
  }
  /** Keep one of the deployment's agents out of an organization */
  withdrawAgentAdmission: {
    path: {
      id: string
      org_id: string
    }
    query: undefined
    body: undefined
    answer: undefined
  }
  /** Withdraw a call that waits */
  withdrawApproval: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      /** On whose behalf */
      user_id: string
      connected_account_id: string
      connector: string
      tool_name: string
      effect: 'read' | 'write' | 'send' | 'delete' | 'admin'
      requested_by: {
        type: string
        id: string
      }
      /** What asks */
      policy: {
        engine: string
        policy_ids: string[]
        /** In the words of the policy */
        reason: string | null
      }
      /** approved waits to be executed; refused was approved, and then refused by policy, consent or a stop; executed says nothing of how it ended: execution_status does */
      status: 'pending' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'refused' | 'executing' | 'executed'
      /** How many must approve */
      quorum: number
      /** Oldest first */
      votes: ({
        approves: boolean
        decided_by: {
          type: string
          id: string
          user_id: string | null
        }
        reason: string | null
        decided_at: string
      })[]
      execution_id: string | null
      execution_status: 'running' | 'succeeded' | 'failed' | 'unknown' | null
      /** Of the refusal, or of the execution */
      error_code: string | null
      created_at: string
      expires_at: string
      decided_at: string | null
      finished_at: string | null
    }
  }
  /** Take the version in force back */
  withdrawPolicyVersion: {
    path: {
      id: string
    }
    query: undefined
    body: undefined
    answer: {
      id: string
      org_id: string
      /** Counts up within the organization */
      number: number
      status: 'draft' | 'in_force' | 'superseded' | 'discarded'
      engine: 'cedar' | 'opa'
      note: string | null
      created_by: {
        type: string
        id: string
      }
      created_at: string
      updated_at: string
      published_by: {
        type: string
        id: string
      } | null
      /** When it was first published: it has not changed since */
      published_at: string | null
      source: string
      problems: ({
        severity: 'error' | 'warning'
        /** From 1 */
        line: number | null
        /** From 1, in letters */
        column: number | null
        message: string
        fix: string | null
      })[]
    }
  }
}

/** Method, path, and whether it may be sent again by itself. */
export const operations = {
  admitAgent: ['PUT', '/api/v1/agents/{id}/orgs/{org_id}', 'never'],
  approveApproval: ['POST', '/api/v1/approvals/{id}/approve', 'keyed'],
  approveConnectionRequest: ['POST', '/api/v1/connection_requests/{id}/approve', 'keyed'],
  cancelConnectSession: ['DELETE', '/api/v1/connect_sessions/{id}', 'never'],
  changeAgent: ['PATCH', '/api/v1/agents/{id}', 'never'],
  changeAuditStream: ['PATCH', '/api/v1/audit_streams/{id}', 'never'],
  changeAuthConfig: ['PATCH', '/api/v1/auth_configs/{id}', 'never'],
  changeDomain: ['PATCH', '/api/v1/orgs/{id}/domains/{domain_id}', 'never'],
  changeLimit: ['PATCH', '/api/v1/limits/{id}', 'never'],
  changeMember: ['PATCH', '/api/v1/members/{id}', 'never'],
  changePolicyCase: ['PATCH', '/api/v1/policy_cases/{id}', 'never'],
  changePolicyVersion: ['PATCH', '/api/v1/policy_versions/{id}', 'never'],
  changeSsoConnection: ['PATCH', '/api/v1/sso_connections/{id}', 'never'],
  changeToolset: ['PATCH', '/api/v1/toolsets/{id}', 'never'],
  checkDomain: ['POST', '/api/v1/orgs/{id}/domains/{domain_id}/check', 'keyed'],
  confirmConnectSession: ['POST', '/api/v1/connect_sessions/{id}/confirm', 'keyed'],
  confirmSignIn: ['POST', '/api/v1/sign_ins/{handle}/confirm', 'never'],
  createAgent: ['POST', '/api/v1/agents', 'keyed'],
  createAgentCredential: ['POST', '/api/v1/agents/{id}/credentials', 'never'],
  createApiKey: ['POST', '/api/v1/api_keys', 'never'],
  createAuditCheckpoint: ['POST', '/api/v1/audit_checkpoints', 'keyed'],
  createAuditStream: ['POST', '/api/v1/audit_streams', 'keyed'],
  createAuthConfig: ['POST', '/api/v1/auth_configs', 'keyed'],
  createConnectSession: ['POST', '/api/v1/connect_sessions', 'never'],
  createDomain: ['POST', '/api/v1/orgs/{id}/domains', 'keyed'],
  createLimit: ['POST', '/api/v1/limits', 'keyed'],
  createPolicy: ['POST', '/api/v1/policies', 'keyed'],
  createPolicyCase: ['POST', '/api/v1/policy_cases', 'keyed'],
  createPolicyVersion: ['POST', '/api/v1/policy_versions', 'keyed'],
  createRevocation: ['POST', '/api/v1/revocations', 'keyed'],
  createSsoConnection: ['POST', '/api/v1/sso_connections', 'keyed'],
  createSsoKey: ['POST', '/api/v1/orgs/{id}/sso_keys', 'keyed'],
  createToolset: ['POST', '/api/v1/toolsets', 'keyed'],
  deactivateUser: ['POST', '/api/v1/users/{id}/deactivate', 'keyed'],
  deleteAgent: ['DELETE', '/api/v1/agents/{id}', 'never'],
  deleteAgentCredential: ['DELETE', '/api/v1/agents/{id}/credentials/{credential_id}', 'never'],
  deleteApiKey: ['DELETE', '/api/v1/api_keys/{id}', 'never'],
  deleteAuditStream: ['DELETE', '/api/v1/audit_streams/{id}', 'never'],
  deleteAuthConfig: ['DELETE', '/api/v1/auth_configs/{id}', 'never'],
  deleteConnectedAccount: ['DELETE', '/api/v1/connected_accounts/{id}', 'never'],
  deleteDomain: ['DELETE', '/api/v1/orgs/{id}/domains/{domain_id}', 'never'],
  deleteLimit: ['DELETE', '/api/v1/limits/{id}', 'never'],
  deleteOrg: ['DELETE', '/api/v1/orgs/{id}', 'never'],
  deletePolicy: ['DELETE', '/api/v1/policies/{id}', 'never'],
  deletePolicyCase: ['DELETE', '/api/v1/policy_cases/{id}', 'never'],
  deleteScopeCeiling: ['DELETE', '/api/v1/scope_ceilings/{id}', 'never'],
  deleteSsoConnection: ['DELETE', '/api/v1/sso_connections/{id}', 'never'],
  deleteSsoKey: ['DELETE', '/api/v1/orgs/{id}/sso_keys/{key_id}', 'never'],
  deleteToolset: ['DELETE', '/api/v1/toolsets/{id}', 'never'],
  deleteUser: ['DELETE', '/api/v1/users/{id}', 'never'],
  denyApproval: ['POST', '/api/v1/approvals/{id}/deny', 'keyed'],
  denyConnectionRequest: ['POST', '/api/v1/connection_requests/{id}/deny', 'keyed'],
  disableAgent: ['POST', '/api/v1/agents/{id}/disable', 'keyed'],
  disableMember: ['POST', '/api/v1/members/{id}/disable', 'keyed'],
  discardPolicyVersion: ['DELETE', '/api/v1/policy_versions/{id}', 'never'],
  dryRunPolicies: ['POST', '/api/v1/policies/dry_run', 'safe'],
  enableAgent: ['POST', '/api/v1/agents/{id}/enable', 'keyed'],
  enableMember: ['POST', '/api/v1/members/{id}/enable', 'keyed'],
  endMemberSessions: ['POST', '/api/v1/members/{id}/end_sessions', 'keyed'],
  executeTool: ['POST', '/api/v1/tools/execute', 'keyed'],
  exportAuditEvents: ['GET', '/api/v1/audit_events/export', 'safe'],
  exportOrg: ['GET', '/api/v1/orgs/{id}/export', 'safe'],
  getAgent: ['GET', '/api/v1/agents/{id}', 'safe'],
  getAgentCredential: ['GET', '/api/v1/agents/{id}/credentials/{credential_id}', 'safe'],
  getAgentGrant: ['GET', '/api/v1/agent_grants/{id}', 'safe'],
  getAgentOrg: ['GET', '/api/v1/agents/{id}/orgs/{org_id}', 'safe'],
  getApproval: ['GET', '/api/v1/approvals/{id}', 'safe'],
  getAuditStream: ['GET', '/api/v1/audit_streams/{id}', 'safe'],
  getAuthConfig: ['GET', '/api/v1/auth_configs/{id}', 'safe'],
  getBranding: ['GET', '/api/v1/orgs/{id}/branding', 'safe'],
  getConnectSession: ['GET', '/api/v1/connect_sessions/{id}', 'safe'],
  getConnectedAccount: ['GET', '/api/v1/connected_accounts/{id}', 'safe'],
  getConnectionRequest: ['GET', '/api/v1/connection_requests/{id}', 'safe'],
  getConnector: ['GET', '/api/v1/connectors/{id}', 'safe'],
  getCosts: ['GET', '/api/v1/limits/costs', 'safe'],
  getDomain: ['GET', '/api/v1/orgs/{id}/domains/{domain_id}', 'safe'],
  getExecution: ['GET', '/api/v1/executions/{id}', 'safe'],
  getLimit: ['GET', '/api/v1/limits/{id}', 'safe'],
  getMember: ['GET', '/api/v1/members/{id}', 'safe'],
  getOrg: ['GET', '/api/v1/orgs/{id}', 'safe'],
  getPolicyCase: ['GET', '/api/v1/policy_cases/{id}', 'safe'],
  getPolicySchema: ['GET', '/api/v1/policy_schema', 'safe'],
  getPolicyVersion: ['GET', '/api/v1/policy_versions/{id}', 'safe'],
  getReceipt: ['GET', '/api/v1/connections/{id}/receipt', 'safe'],
  getReport: ['GET', '/api/v1/reports/{kind}', 'safe'],
  getRevocation: ['GET', '/api/v1/revocations/{id}', 'safe'],
  getSsoConnection: ['GET', '/api/v1/sso_connections/{id}', 'safe'],
  getToolset: ['GET', '/api/v1/toolsets/{id}', 'safe'],
  getUsage: ['GET', '/api/v1/usage', 'safe'],
  importConnectedAccount: ['POST', '/api/v1/connected_accounts', 'keyed'],
  inviteMember: ['POST', '/api/v1/members', 'never'],
  issueMemberLink: ['POST', '/api/v1/members/{id}/sign_in_links', 'never'],
  liftLegalHold: ['DELETE', '/api/v1/orgs/{id}/legal_holds/{hold_id}', 'never'],
  liftStop: ['POST', '/api/v1/stops/{id}/lift', 'keyed'],
  listAgentCredentials: ['GET', '/api/v1/agents/{id}/credentials', 'safe'],
  listAgentGrants: ['GET', '/api/v1/agent_grants', 'safe'],
  listAgents: ['GET', '/api/v1/agents', 'safe'],
  listApiKeys: ['GET', '/api/v1/api_keys', 'safe'],
  listApprovals: ['GET', '/api/v1/approvals', 'safe'],
  listAuditCheckpoints: ['GET', '/api/v1/audit_checkpoints', 'safe'],
  listAuditEvents: ['GET', '/api/v1/audit_events', 'safe'],
  listAuditStreams: ['GET', '/api/v1/audit_streams', 'safe'],
  listAuthConfigs: ['GET', '/api/v1/auth_configs', 'safe'],
  listConnectedAccounts: ['GET', '/api/v1/connected_accounts', 'safe'],
  listConnectionRequests: ['GET', '/api/v1/connection_requests', 'safe'],
  listConnections: ['GET', '/api/v1/connected_accounts/{id}/connections', 'safe'],
  listConnectorTools: ['GET', '/api/v1/connectors/{id}/tools', 'safe'],
  listConnectors: ['GET', '/api/v1/connectors', 'safe'],
  listDomains: ['GET', '/api/v1/orgs/{id}/domains', 'safe'],
  listEvents: ['GET', '/api/v1/events', 'safe'],
  listExecutions: ['GET', '/api/v1/executions', 'safe'],
  listLegalHolds: ['GET', '/api/v1/orgs/{id}/legal_holds', 'safe'],
  listLimits: ['GET', '/api/v1/limits', 'safe'],
  listMembers: ['GET', '/api/v1/members', 'safe'],
  listOrgs: ['GET', '/api/v1/orgs', 'safe'],
  listPolicies: ['GET', '/api/v1/policies', 'safe'],
  listPolicyCases: ['GET', '/api/v1/policy_cases', 'safe'],
  listPolicyVersions: ['GET', '/api/v1/policy_versions', 'safe'],
  listRevocations: ['GET', '/api/v1/revocations', 'safe'],
  listRevokedAccounts: ['GET', '/api/v1/revocations/{id}/accounts', 'safe'],
  listScopeCeilings: ['GET', '/api/v1/scope_ceilings', 'safe'],
  listSsoConnections: ['GET', '/api/v1/sso_connections', 'safe'],
  listSsoKeys: ['GET', '/api/v1/orgs/{id}/sso_keys', 'safe'],
  listStops: ['GET', '/api/v1/stops', 'safe'],
  listTools: ['GET', '/api/v1/tools', 'safe'],
  listToolsets: ['GET', '/api/v1/toolsets', 'safe'],
  narrowConnectedAccount: ['POST', '/api/v1/connected_accounts/{id}/narrow', 'keyed'],
  patchOrg: ['PATCH', '/api/v1/orgs/{id}', 'never'],
  pauseConnectedAccount: ['POST', '/api/v1/connected_accounts/{id}/pause', 'keyed'],
  placeLegalHold: ['POST', '/api/v1/orgs/{id}/legal_holds', 'keyed'],
  placeStop: ['POST', '/api/v1/stops', 'keyed'],
  publishBranding: ['POST', '/api/v1/orgs/{id}/branding/publish', 'keyed'],
  publishPolicyVersion: ['POST', '/api/v1/policy_versions/{id}/publish', 'keyed'],
  putBranding: ['PUT', '/api/v1/orgs/{id}/branding', 'never'],
  putOrg: ['PUT', '/api/v1/orgs/{id}', 'never'],
  putScopeCeiling: ['PUT', '/api/v1/scope_ceilings', 'never'],
  reactivateUser: ['POST', '/api/v1/users/{id}/reactivate', 'keyed'],
  receiveProviderEvent: ['POST', '/api/v1/provider_events/{id}', 'never'],
  refreshConnectedAccount: ['POST', '/api/v1/connected_accounts/{id}/refresh', 'keyed'],
  replayPolicyVersion: ['POST', '/api/v1/policy_versions/{id}/replay', 'never'],
  resumeConnectedAccount: ['POST', '/api/v1/connected_accounts/{id}/resume', 'keyed'],
  revokeAgentGrant: ['POST', '/api/v1/agent_grants/{id}/revoke', 'keyed'],
  revokeConnectedAccount: ['POST', '/api/v1/connected_accounts/{id}/revoke', 'keyed'],
  rollBackPolicyVersion: ['POST', '/api/v1/policy_versions/{id}/rollback', 'keyed'],
  rollbackBranding: ['POST', '/api/v1/orgs/{id}/branding/rollback', 'keyed'],
  rotateAgentCredential: ['POST', '/api/v1/agents/{id}/credentials/{credential_id}/rotate', 'never'],
  setCosts: ['PUT', '/api/v1/limits/costs', 'never'],
  testPolicyVersion: ['POST', '/api/v1/policy_versions/{id}/test', 'safe'],
  toolRequirements: ['POST', '/api/v1/tools/requirements', 'safe'],
  uploadBrandingAsset: ['POST', '/api/v1/orgs/{id}/branding/assets', 'keyed'],
  validatePolicies: ['POST', '/api/v1/policy_versions/validate', 'safe'],
  verifyAuditEvents: ['GET', '/api/v1/audit_events/verify', 'safe'],
  withdrawAgentAdmission: ['DELETE', '/api/v1/agents/{id}/orgs/{org_id}', 'never'],
  withdrawApproval: ['DELETE', '/api/v1/approvals/{id}', 'never'],
  withdrawPolicyVersion: ['POST', '/api/v1/policy_versions/{id}/withdraw', 'keyed'],
} as const
