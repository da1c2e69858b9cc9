import { Badge, type Tone } from '#components/ui/badge'
import type { Approval, ApprovalDetail } from '#lib/approvals/schema'
import { type Decide, Decision } from './decision.tsx'
import { Fact, Facts } from './facts.tsx'
import { Time } from './time.tsx'
import { visible } from './visible.ts'

/** Ids of an approval in the words of the people who decide. */
export type ApprovalWords = {
  tool: string
  connector: string
  account: string
  /** On whose behalf. */
  user: string
  requester: string
  /** Who decided, in the order of the votes. */
  voters: readonly string[]
}

const tones: Record<Approval['status'], { tone: Tone; words: string }> = {
  pending: { tone: 'warning', words: 'Waiting' },
  approved: { tone: 'info', words: 'Approved, about to be made' },
  executing: { tone: 'info', words: 'Being made' },
  executed: { tone: 'success', words: 'Made' },
  denied: { tone: 'neutral', words: 'Denied' },
  expired: { tone: 'neutral', words: 'Expired' },
  withdrawn: { tone: 'neutral', words: 'Withdrawn' },
  refused: { tone: 'danger', words: 'Approved, then refused' },
}

const ended: Partial<Record<NonNullable<Approval['execution_status']>, { tone: Tone; words: string }>> = {
  failed: { tone: 'danger', words: 'Made, and failed' },
  unknown: { tone: 'warning', words: 'Made, outcome unknown' },
}

export function ApprovalStatus({ approval }: { approval: Approval }) {
  const { tone, words } =
    (approval.status === 'executed' && approval.execution_status && ended[approval.execution_status]) ||
    tones[approval.status]
  return <Badge tone={tone}>{words}</Badge>
}

/** How many have approved. */
export const approvals = ({ votes }: Approval) => votes.filter(({ approves }) => approves).length

/** A parameter as it would be sent, with nothing in it that a reader cannot see. */
function Value({ value }: { value: unknown }) {
  if (typeof value === 'string' && value !== '') {
    return (
      <span className="whitespace-pre-wrap" dir="auto">
        {visible(value)}
      </span>
    )
  }
  return (
    <code className="font-mono text-xs whitespace-pre-wrap">
      {visible(JSON.stringify(value, null, 2) ?? '')}
    </code>
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The exact call. */
export function Params({ params }: { params: unknown }) {
  if (params === null) return <p className="text-sm text-muted-fg">The call is not kept any more.</p>
  if (!isRecord(params)) return <Value value={params} />
  const entries = Object.entries(params)
  if (entries.length === 0) return <p className="text-sm text-muted-fg">It takes no parameters.</p>
  return (
    <Facts>
      {entries.map(([name, value]) => (
        <Fact key={name} name={visible(name)}>
          <Value value={value} />
        </Fact>
      ))}
    </Facts>
  )
}

const effects: Record<Approval['effect'], string> = {
  read: 'Reads',
  write: 'Writes',
  send: 'Sends something to somebody',
  delete: 'Deletes',
  admin: 'Changes settings or permissions',
}

/** Who asks for what, for whom, and why people are asked. */
export const ApprovalFacts = ({ approval, words }: { approval: ApprovalDetail; words: ApprovalWords }) => (
  <Facts>
    <Fact name="Tool">
      {words.tool} <code className="font-mono text-xs">{approval.tool_name}</code>
    </Fact>
    <Fact name="What it does">{effects[approval.effect]}</Fact>
    <Fact name="Account">
      {words.account} at {words.connector}
    </Fact>
    <Fact name="On behalf of">{words.user}</Fact>
    <Fact name="Asked by">{words.requester}</Fact>
    {approval.policy.reason && <Fact name="Why people are asked">{approval.policy.reason}</Fact>}
    <Fact name="Policy that asks">
      {approval.policy.policy_ids.length > 0 ? approval.policy.policy_ids.join(', ') : approval.policy.engine}
    </Fact>
    <Fact name="Approvals">
      {approvals(approval)} of {approval.quorum}
    </Fact>
    <Fact name="Asked">
      <Time at={approval.created_at} />
    </Fact>
    <Fact name="Ends">
      <Time at={approval.expires_at} />
    </Fact>
  </Facts>
)

/** What was said so far. */
export function Votes({ approval, words }: { approval: Approval; words: ApprovalWords }) {
  if (approval.votes.length === 0) return <p className="text-sm text-muted-fg">Nobody has decided yet.</p>
  return (
    <ul className="grid gap-2 text-sm">
      {approval.votes.map((vote, at) => (
        <li key={vote.decided_at + words.voters[at]} className="wrap-anywhere">
          {words.voters[at]} {vote.approves ? 'approved' : 'denied'}
          {vote.reason && `: ${vote.reason}`} <span className="text-muted-fg">·</span>{' '}
          <Time at={vote.decided_at} />
        </li>
      ))}
    </ul>
  )
}

export const ApprovalDecision = ({ decide, what }: { decide: Decide; what: string }) => (
  <>
    <Decision action={decide} what={what} hint="Told to whoever asked. A denial needs one." />
    <p className="mt-3 text-xs text-muted-fg">
      An approval is good for this very call, once. Every other check is made again when it is made. One
      denial is final.
    </p>
  </>
)
