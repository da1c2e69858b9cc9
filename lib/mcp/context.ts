import type { Origin } from '#lib/audit'
import type { createBroker } from '#lib/broker'
import type { Connector } from '#lib/connector-kit'
import type { Caller, Tenant } from '#lib/proof'

/** What a person is invited to connect, and for whom. Internal ids. */
export type Invitation = { userId: string; connector: string; agentOrgId: string; agentId: string }

/** What the composition root gives the MCP server. */
export type Deps = {
  connectors: Readonly<Record<string, Connector>>
  broker: Pick<ReturnType<typeof createBroker>, 'listTools' | 'execute'>
  /** A link by which a user connects their first account at a provider; `null` where nobody has set the provider up. */
  invite: (tenant: Tenant, invitation: Invitation) => Promise<string | null>
  /** A call that waits for people, as whoever asked for it sees it. @throws AppError `not_found` */
  showApproval: (caller: Caller, approvalId: string, origin: Origin) => Promise<ShownApproval>
}

export type ShownApproval = {
  id: string
  tool_name: string
  status: string
  expires_at: string
  execution_id: string | null
  execution_status: string | null
  error_code: string | null
  output: unknown
}
