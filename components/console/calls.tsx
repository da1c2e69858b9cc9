import { Badge, type Tone } from '#components/ui/badge'
import { callSentence, type ToldCall } from './call-words.ts'

export type CallState = 'running' | 'succeeded' | 'failed' | 'unknown' | 'refused'

const states: Record<CallState, { words: string; tone: Tone }> = {
  succeeded: { words: 'Succeeded', tone: 'success' },
  failed: { words: 'Failed', tone: 'danger' },
  refused: { words: 'Refused', tone: 'warning' },
  running: { words: 'Running', tone: 'info' },
  unknown: { words: 'Unknown', tone: 'info' },
}

export const callStates = Object.entries(states).map(([value, { words }]) => ({ value, words }))

export const CallStatus = ({ status }: { status: CallState }) => (
  <Badge tone={states[status].tone}>{states[status].words}</Badge>
)

export const CallSentence = ({ call }: { call: ToldCall }) => callSentence(call)

export { callSentence, whoActed } from './call-words.ts'
