/** The facts of a call that a sentence is made of. */
export type ToldCall = {
  status: 'running' | 'succeeded' | 'failed' | 'unknown' | 'refused'
  actor: { type: string; id: string }
  actors: readonly string[]
  user_id: string | null
  tool_name: string
  account_label: string | null
  error_code: string | null
}

const kinds: Readonly<Record<string, string>> = {
  api_key: 'A secret key',
  root_key: 'The root key',
  member: 'An admin',
  end_user: 'The person',
  system: 'Behalf',
}

/** Who acted, in words: an agent by its name where that is known. */
export const whoActed = (
  { actor }: Pick<ToldCall, 'actor'>,
  names: Readonly<Record<string, string>> = {},
): string =>
  actor.type === 'agent'
    ? (names[actor.id] ?? 'An agent')
    : (kinds[actor.type] ?? actor.type.replaceAll('_', ' '))

const because = (code: string | null): string => (code === null ? '' : ` (${code.replaceAll('_', ' ')})`)

/** One call as a sentence that can be read aloud. */
export function callSentence(call: ToldCall, names: Readonly<Record<string, string>> = {}): string {
  const who = whoActed(call, names)
  const { tool_name: tool, user_id, account_label } = call
  const whom = user_id === null ? '' : ` for ${user_id}`
  const where = account_label === null ? '' : ` with ${account_label}`
  switch (call.status) {
    case 'succeeded':
      return `${who} ran ${tool}${whom}${where}`
    case 'running':
      return `${who} is running ${tool}${whom}${where}`
    case 'failed':
      return `${who} ran ${tool}${whom}${where}, which failed${because(call.error_code)}`
    case 'unknown':
      return `${who} ran ${tool}${whom}${where}; how it ended is unknown`
    case 'refused':
      return `${who} was not allowed to run ${tool}${whom}${because(call.error_code)}`
  }
}
