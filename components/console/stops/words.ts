import type { Stop } from '#lib/limits/schema'

type Subject = { type: Stop['subject']['type']; id: string | null }
type Names = Readonly<Record<string, string>>

/** What a stop holds for, as people say it. */
export function stopWords({ type, id }: Subject, names: Names = {}): string {
  const name = names[id ?? ''] ?? id ?? ''
  switch (type) {
    case 'all':
      return 'All calls of every organization'
    case 'org':
      return 'All calls of this organization'
    case 'agent':
      return `Agent ${name}`
    case 'user':
      return `Calls for ${name}`
    case 'tool':
      return `Tool ${name}`
    case 'connector':
      return `Connector ${name}`
  }
}

/** What can be stopped, for the choice of a form; the deployment has no one organization, and no one's users. */
export const stopChoices = (everywhere: boolean): { value: Stop['subject']['type']; words: string }[] => [
  ...(everywhere ? [] : [{ value: 'user' as const, words: 'One person' }]),
  { value: 'agent', words: 'An agent' },
  { value: 'tool', words: 'A tool' },
  { value: 'connector', words: 'A connector' },
  everywhere
    ? { value: 'all', words: 'Everything, in every organization' }
    : { value: 'org', words: 'Everything of this organization' },
]
