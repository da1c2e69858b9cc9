// A process that runs the operator's commands, one after the other, as words sent to it: what they need takes two
// seconds of a processor to load, and the browser tests use them for every sign-in.
import { runCommand } from '../commands/index.ts'

export type Asked = { words: string[] }
export type Answered = { code: number; printed: string[]; complained: string[] }

process.on('message', async ({ words }: Asked) => {
  const answered: Answered = { code: 0, printed: [], complained: [] }
  const terminal = { env: process.env, print: (line: string) => void answered.printed.push(line) }
  answered.code = await runCommand(words, terminal, (line) => answered.complained.push(line))
  process.send?.(answered)
})
process.on('disconnect', () => process.exit())
