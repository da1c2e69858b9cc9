// Runs the first-start work in a process of its own, so that the supervisor keeps no database connection and no
// key, and hands what has to be shown once to it.
import { bootstrap } from './bootstrap.ts'

/** What the first start makes. Each is present only in the start that made it, except the sandbox's clients. */
export type Bootstrapped = {
  /** One-time console sign-in link of the first admin. */
  adminSignInUrl?: string
  /** The first secret key, in clear for the only time. */
  secretKey?: string
  /** Our OAuth clients at the practice provider, for it to register. */
  sandboxClients?: {
    client_id: string
    client_secret: string
    redirect_uris: string[]
    client_name?: string
  }[]
}

const result: Bootstrapped = await bootstrap()
process.send?.(result, () => process.exit(0))
