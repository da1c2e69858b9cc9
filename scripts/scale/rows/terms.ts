// The words in which the rows of a seeded organization are written. Numbers decide everything, so that the same size gives the
// same rows: `h` is 62 bits drawn by lot for the n-th row, of which each question takes some.

export const eventsOf = (accounts: number): number => accounts * 10
/** A call that was made has a row beside its event, for as long as those are kept. */
const executionsOf = (accounts: number): number => accounts * 2
const usersOf = (accounts: number): number => Math.max(4, Math.round(accounts * 0.4))
const agentsOf = (accounts: number): number => Math.min(200, Math.max(5, Math.round(accounts / 100)))

/** A hash of a number; ten bits of one as a number below 1; an id of a kind, its time first (RFC 9562 §5.7). */
export const functions = `
  CREATE FUNCTION seed.h(n bigint, salt int) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT hashint8extended(n, salt) & 4611686018427387903 $$;
  CREATE FUNCTION seed.r(h bigint, shift int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$ SELECT ((h >> shift) & 1023)::float8 / 1024 $$;
  CREATE FUNCTION seed.hex(kind text, n bigint, ms bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT lpad(to_hex(ms), 12, '0') || kind || lpad(to_hex(n), 15, '0') $$;
  CREATE FUNCTION seed.at(ms bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
    $$ SELECT to_timestamp(ms::float8 / 1000) $$`

const connectors = `(ARRAY['github', 'google', 'slack', 'zendesk', 'airtable', 'sandbox'])`
const verbs = `(ARRAY['.list_items', '.get_item', '.search_items', '.create_item', '.update_item', '.comment_item',
  '.delete_item', '.export_items'])`

/** Rows that one statement writes. */
const batch = 250_000

function series(total: number, first = 0, step = 1): string[] {
  const found: string[] = []
  for (let low = first; low < total + first; low += batch * step)
    found.push(
      `generate_series(${low}::bigint, ${Math.min(total + first, low + batch * step) - 1}, ${step}) n`,
    )
  return found
}

export type Org = {
  id: string
  /** Tells organizations apart; below 256. */
  at: number
  accounts: number
  /** When its first and its last row happened, in milliseconds. */
  from: number
  to: number
}

export type Terms = ReturnType<typeof termsOf>

/** Ids, times and choices of one organization, as SQL expressions of the number of a row. */
export function termsOf({ id, at, accounts, from, to }: Org) {
  const [users, agents, executions] = [usersOf(accounts), agentsOf(accounts), executionsOf(accounts)]
  const org = `'${id}'::uuid`
  const ms = (n: string, of: number) => `(${from}::float8 + ${n} * ${(to - from) / of}::float8)::bigint`
  const kindOf = {
    user: 0,
    account: 1,
    agent: 2,
    consent: 3,
    renewed: 4,
    session: 5,
    request: 6,
    approval: 7,
    grant: 8,
    call: 9,
    event: 10,
    attempt: 11,
    told: 12,
    asked: 13,
    given_up: 14,
  }
  const hexAt = (kind: keyof typeof kindOf, n: string, moment: string) =>
    `seed.hex('7${at.toString(16).padStart(2, '0')}${kindOf[kind].toString(16)}8', ${n}, ${moment})`
  const hex = (kind: keyof typeof kindOf, n: string, of: number) => hexAt(kind, n, ms(n, of))
  const account = (n: string) => hex('account', n, accounts)
  const consent = (n: string) => hex('consent', n, accounts)
  const agent = (n: string) => hex('agent', n, agents)
  /** Each thousandth account is the first person's, who is a service; the others have two or three. */
  const user = (n: string) =>
    `CASE WHEN ${n} % 1000 = 7 THEN 0 ELSE floor(${n} * ${users / accounts}::float8)::bigint END`
  const userId = (n: string) => hex('user', `(${user(n)})`, users)
  /** Half of all accounts are of the first connector, next to none of the last. */
  const connector = (n: string) =>
    `${connectors}[1 + floor(6 * (seed.r(seed.h(${n}, 1), 0) ^ 2.5::float8))::int]`
  /** An account that there was at the time of the n-th of so many, old ones more often. */
  const someAccount = (h: string, n: string, of: number) =>
    `floor(((${h} >> 20) & 1048575)::float8 / 1048576 * seed.r(${h}, 40) * ${n} * ${accounts / of}::float8)::bigint`
  const someAgent = (h: string) =>
    `floor(seed.r(${h}, 0) * seed.r(${h}, 50) * seed.r(${h}, 10) * ${agents})::bigint`
  const tool = (n: string, h: string) =>
    `${connector(n)} || ${verbs}[1 + floor(8 * seed.r(${h}, 42) * seed.r(${h}, 12))::int]`
  const each = (total: number, say: (rows: string) => string, first = 0, step = 1) =>
    series(total, first, step).map(say)
  return {
    ...{ at, accounts, users, agents, executions, from, to, org, ms, hex, hexAt, each },
    ...{ account, consent, agent, user, userId, connector, someAccount, someAgent, tool },
  }
}
