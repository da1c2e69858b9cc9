import type { RevocableFilter } from '#lib/console'

/** Somebody of the console, as they were when they did it. */
export type By = {
  /** Public id of the member. */
  id: string
  email: string
  /** Whether they are an operator of the deployment, and not a member of the org. */
  operator: boolean
}

/** A revocation of everything, or of most, that one person asked for and another is to approve. */
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
  /** The accounts that were picked one by one, by their internal ids; `null` where the filter says which. */
  account_ids: readonly string[] | null
  /** How many people were written to who could approve. */
  mailed: number
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

/** One connector's accounts, or one person's, are for one to end: a leak and a leaver are as narrow, and cannot wait. */
const isOfOne = ({ connector, user_id, auth_config_id }: Readonly<Record<string, unknown>>): boolean =>
  [connector, user_id, auth_config_id].some((given) => given !== undefined)

/** So many at least are a lot, where they are half of what is active. */
const lot = 26

/**
 * Whether a revocation takes two people: by what it ends, however it was chosen. It does where it ends all active and
 * paused accounts, but for a single one, or half of them and more than 25.
 * @param share what it would end of the org's active and paused accounts, and how many there are
 */
export const takesTwo = (
  filter: Readonly<Record<string, unknown>>,
  { reached, active }: Readonly<{ reached: number; active: number }>,
): boolean => {
  if (coversAll(filter)) return true
  if (isOfOne(filter) || reached < 2) return false
  return reached === active || (reached >= lot && reached * 2 >= active)
}

/** Whether one person may end it whatever it reaches, so that nothing needs to be counted. */
export const isForOne = (filter: Readonly<Record<string, unknown>>): boolean =>
  !coversAll(filter) && isOfOne(filter)

/** What was asked for, as rows are found by it. */
export const rowsOfRequest = ({
  filter,
  account_ids,
}: Pick<RevocationRequest, 'filter' | 'account_ids'>): RevocableFilter => {
  const { status, attention, agent_id, user_id, connector } = filter as RevocableFilter
  return { status, attention, agent_id, user_id, connector, ids: account_ids ?? undefined }
}
