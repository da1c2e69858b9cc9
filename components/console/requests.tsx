import { Badge, type Tone } from '#components/ui/badge'
import type { ConnectionRequest } from '#lib/consent/schema'
import { type Decide, Decision } from './decision.tsx'
import { ScopeList, type ScopeWords } from './scope-words.tsx'
import { Time } from './time.tsx'

export type ShownRequest = ConnectionRequest & {
  who: { name: string | null; email: string | null }
  connectorName: string
  agentNames: readonly string[]
  words: readonly ScopeWords[]
}

const tones: Record<ConnectionRequest['status'], { tone: Tone; words: string }> = {
  pending: { tone: 'warning', words: 'Waiting' },
  approved: { tone: 'success', words: 'Approved' },
  used: { tone: 'success', words: 'Approved and connected' },
  denied: { tone: 'neutral', words: 'Denied' },
  expired: { tone: 'neutral', words: 'Expired' },
}

/** One person's request, with the form that decides it while it waits. */
export function RequestCard({ request, decide }: { request: ShownRequest; decide: Decide }) {
  const { who, agentNames, connectorName, status } = request
  const person = who.name ?? who.email ?? request.user_id
  const { tone, words } = tones[status]
  return (
    <li className="grid gap-4 rounded-card border border-border bg-card p-4 sm:p-5">
      <div>
        <h3 className="flex flex-wrap items-center gap-2 font-medium">
          {person} asks to connect {connectorName} <Badge tone={tone}>{words}</Badge>
        </h3>
        <p className="mt-1 text-sm text-muted-fg">
          {who.email && who.email !== person && `${who.email} · `}
          <code className="font-mono text-xs break-all">{request.user_id}</code> · for{' '}
          {agentNames.length > 0 ? agentNames.join(', ') : 'the product itself'} ·{' '}
          <Time at={request.created_at} />
        </p>
      </div>
      <blockquote className="border-l-2 border-border pl-3 text-sm whitespace-pre-line" dir="auto">
        {request.reason}
      </blockquote>
      <ScopeList scopes={request.words} />
      {request.decided_at && (
        <p className="text-sm text-muted-fg">
          Decided <Time at={request.decided_at} />
          {request.decided_by?.user_id && ` by ${request.decided_by.user_id}`}
          {request.note && `: ${request.note}`}
        </p>
      )}
      {status === 'pending' && (
        <>
          <Decision
            action={decide}
            what={`${connectorName} for ${person}`}
            hint="Told to the person. A denial needs one."
          />
          <p className="text-xs text-muted-fg">
            An approval is good for one connection, for at most these permissions, within 14 days. The request
            ends <Time at={request.expires_at} />.
          </p>
        </>
      )}
    </li>
  )
}
