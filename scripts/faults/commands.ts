// What the harness says to a process of the product, and what it hears back. Each command names its answer.
import type { LimitInput, StopSubject } from '#lib/limits/schema'
import type { Bootstrapped } from '../bootstrap.ts'
import type { Minted } from './provider.ts'

/** An account of the product, with the grant that it rests on at the provider. */
export type Account = { id: string; uuid: string; org: string; grant: string }

export type CallAsked = {
  account: string
  tool: string
  params?: Record<string, unknown>
  /** The caller's own, under which the call is made once. */
  key?: string
  usage?: Record<string, number>
}

/** What a caller was told of one call. */
export type CallTold = {
  /** `succeeded`, or the code of the error. */
  outcome: string
  /** Whether it was told that what became of the call is not known. */
  unknown: boolean
  category: string | null
  execution: string | null
  retryAfter: number | null
  ms: number
}

/** How often each outcome came: `succeeded`, or the code of the error. */
export type Outcomes = Record<string, number>

export type Commands = {
  /** What the first start makes. */
  bootstrap: { asks: Record<string, never>; answers: Bootstrapped }
  /** Puts accounts in place as if each had been connected. */
  seed: { asks: { org: string; grants: Minted[] }; answers: Account[] }
  /** Tool calls, so many at a time; answers in their order. */
  calls: { asks: { calls: CallAsked[]; workers: number }; answers: CallTold[] }
  /** One tool call or forced renewal per account, so many at a time. */
  each: {
    asks: {
      work: 'execute' | 'refresh'
      accounts: string[]
      org: string
      workers: number
      tool?: string
      params?: Record<string, unknown>
    }
    answers: { outcomes: Outcomes; failed: Record<string, string> }
  }
  /** One write again and again under one key of its caller's; answers how often each answer came. */
  repeat: {
    asks: { account: string; key: string; count: number; workers: number }
    answers: Outcomes
  }
  /** Renews accounts at random for ever, so many at a time; answers once it is in full swing. */
  renewForever: { asks: { accounts: string[]; org: string; workers: number }; answers: true }
  /** Seconds from each answer of the provider to its commit, since the last time of asking. */
  windows: { asks: Record<string, never>; answers: number[] }
  /** What the sweep of the worker does, once. */
  sweep: { asks: Record<string, never>; answers: true }
  /** Tries to bring in what this process's disk keeps, as at a start. */
  replaySpool: { asks: Record<string, never>; answers: true }
  /** One series of `/metrics`, summed over its labels. */
  metric: { asks: { name: string; labels?: Record<string, string> }; answers: number }
  /** Writes tasks for a while, so many at a time, each with a title of its own. */
  writeFor: {
    asks: { account: string; workers: number; seconds: number; prefix: string }
    answers: { acknowledged: string[]; outcomes: Outcomes; slowestMs: number }
  }
  /** Renews what is due in the background until told to stop. */
  refreshAhead: { asks: { on: boolean }; answers: true }
  /** What `/readyz` would say, and how long it took to. */
  readiness: { asks: Record<string, never>; answers: { checks: Record<string, string>; ms: number } }
  /** Resident memory, in MB. */
  rss: { asks: Record<string, never>; answers: number }
  /** Becomes a worker: jobs and clock. */
  work: { asks: Record<string, never>; answers: true }
  rotateOrgKey: { asks: { org: string }; answers: true }
  revoke: { asks: { account: string; org: string }; answers: string }
  /** Revokes all accounts of an org; `id` is the internal one of the report. */
  revokeAll: { asks: { org: string }; answers: { id: string; stopped: number; tookMs: number } }
  /** The kill switch; `org` is null for the deployment's. `answeredAt` is in ms since 1970, as the provider notes. */
  placeStop: {
    asks: { org: string | null; subject: StopSubject }
    answers: { id: string; answeredAt: number; tookMs: number; inFlight: number }
  }
  liftStop: { asks: { org: string | null; id: string }; answers: true }
  setLimit: { asks: Omit<LimitInput, 'org_id' | 'per' | 'replaces_default'> & { org: string }; answers: true }
}

export type Name = keyof Commands
export type Asked = { [K in Name]: { id: number; name: K; asks: Commands[K]['asks'] } }[Name]
export type Answered = { id: number; answer: unknown } | { id: number; error: string }
