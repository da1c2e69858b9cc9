import type { PendingApproval } from '#lib/approvals/schema'
import type { Connector, Tool } from '#lib/connector-kit'
import type { Egress } from '#lib/egress'
import type { ConnectUrl } from '#lib/scopes'
import type { Content } from './content/index.ts'

/** What the composition root gives the broker. */
export type Deps = {
  connectors: Readonly<Record<string, Connector>>
  tools: Readonly<Record<string, Tool>>
  egress: Egress
  connectUrl: ConnectUrl
}

export type Executed = {
  execution_id: string | null
  status: 'succeeded' | 'dry_run'
  output: unknown
  /** What was done to the output before its caller saw it; absent where that was nothing. */
  content?: Content
  trace_id: string
  duration_ms: number
  /** Of a rehearsal: whether people would have to approve. */
  approval_required?: boolean
  /** Of a call that its Idempotency-Key has made before: this is the first answer. */
  replayed?: true
}

/** What a caller is told: how the call went, or that people have to approve it first. */
export type Answered = Executed | (PendingApproval & { replayed?: true })
