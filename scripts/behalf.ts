// `npm run behalf -- COMMAND`: what an operator does by hand. One file a command in scripts/commands.
import { enableCompileCache } from 'node:module'
import { generateIfStale } from './generate.ts'
import { compileCache } from './install.mjs'

enableCompileCache(compileCache)

// A command's libraries log to standard output, which is for its answer.
process.env.LOG_LEVEL ||= 'silent'

await generateIfStale()
const { runCommand } = await import('./commands/index.ts')
process.exitCode = await runCommand(
  process.argv.slice(2),
  { env: process.env, print: (line) => console.log(line) },
  (line) => console.error(line),
)
