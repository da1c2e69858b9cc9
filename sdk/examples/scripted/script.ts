import type { ToolOutcome } from '../../index.ts'

/** What a scripted model does in one turn: it asks for tools by the names that it was given, or it says something. */
export type Turn =
  | { call: string; params: Record<string, unknown> }
  | { say: (read: readonly ToolOutcome[]) => string }

/** What a model is asked for, in whichever API: which tools it may call, and what came of its calls so far. */
export type Seen = { tools: readonly { name: string }[]; read: readonly ToolOutcome[] }

/**
 * Follows a script, turn by turn.
 * @throws Error where a model's API would refuse: a name that it does not take, or a call of a tool that it was not given
 */
export function follow(turns: readonly Turn[], nth: number, { tools, read }: Seen) {
  for (const { name } of tools)
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) throw new Error(`no model takes a tool named ${name}`)
  const turn = turns[nth]
  if (!turn) throw new Error(`the script has ${turns.length} turns, and the model is asked for one more`)
  if ('say' in turn) return { text: turn.say(read) }
  if (!tools.some(({ name }) => name === turn.call)) throw new Error(`the model was given no ${turn.call}`)
  return { call: { id: `call_${nth}`, name: turn.call, params: turn.params } }
}
