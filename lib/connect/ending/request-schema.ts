/** Somebody of the console, as they were when they did it. */
export type By = {
  /** Public id of the member. */
  id: string
  email: string
  /** Whether they are an operator of the deployment, and not a member of the org. */
  operator: boolean
}

/** A revocation of everything that one person asked for and another is to approve. */
export type RevocationRequest = {
  id: string
  filter: Readonly<Record<string, unknown>>
  reason: string
  /** How many accounts matched when it was asked; `null` over every organization. */
  accounts: number | null
  status: 'pending' | 'approved' | 'denied' | 'withdrawn' | 'expired'
  requested_by: By
  decided_by: By | null
  note: string | null
  /** Placed with it: it holds until somebody releases it, whatever becomes of this. */
  stop_id: string | null
  /** The report of what was revoked, once it was. */
  revocation_id: string | null
  created_at: string
  expires_at: string
  ended_at: string | null
}

/** How long somebody else has to approve. */
export const requestHours = 24

/**
 * Whether a filter leaves out nothing that works: then it takes two people. Accounts that are in use are everything
 * that anybody would miss.
 */
export const coversAll = (filter: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(filter).every(
    ([name, value]) => value === undefined || name === 'all' || (name === 'status' && value === 'active'),
  )
