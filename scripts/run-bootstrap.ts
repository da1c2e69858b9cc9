// Runs the first-start work in a process of its own, so that the supervisor keeps no database connection and no
// key, and hands what has to be shown once to it.
import { type Bootstrapped, bootstrap } from './bootstrap.ts'

const result: Bootstrapped = await bootstrap()
process.send?.(result, () => process.exit(0))
