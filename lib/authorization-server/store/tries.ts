import { deployment, sqlForOrg } from '#lib/db'

// The deployment's own rows of `credential_tries`, one statement each.

const counted = (
  what: string,
) => `INSERT INTO credential_tries AS t (org_id, subject, tries, started_at) ${what}
      ON CONFLICT (org_id, subject) DO UPDATE SET
        tries = CASE WHEN t.started_at <= now() - make_interval(secs => $2) THEN 1 ELSE t.tries + 1 END,
        started_at = CASE WHEN t.started_at <= now() - make_interval(secs => $2) THEN now() ELSE t.started_at END
      RETURNING tries, ceil(extract(epoch FROM started_at - now()) + $2)::int AS left`

const from = (subject: number) =>
  `SELECT $1::uuid, $${subject}::text, 1, now() WHERE $${subject}::text IS NOT NULL`

/** What one alone is refused is not charged to its site, and what its site is refused not to all. */
const count = {
  name: 'oauth_count_try',
  text: `WITH own AS (${counted(from(3))}),
    site AS (${counted(`${from(4)} AND NOT EXISTS (SELECT FROM own WHERE tries > $6)`)}),
    every AS (${counted(`${from(5)} AND NOT EXISTS (SELECT FROM own WHERE tries > $6)
        AND NOT EXISTS (SELECT FROM site WHERE tries > $7)`)})
    SELECT 'one' AS whose, tries, "left" FROM own UNION ALL SELECT 'site', tries, "left" FROM site
    UNION ALL SELECT 'all', tries, "left" FROM every`,
}

/** Of one network or address, of the site that it is part of, and of everybody; `null` for what is not counted. */
export type Of<T> = { one: T; site: T; all: T }

export type Counted = { whose: keyof Of<unknown>; tries: number; left: number }

/**
 * Counts one more try, before anything is done: many at once count as many.
 * @param seconds how long a count lasts from its first try on
 * @param max tries of one and of a site
 * @returns how many each has now, and the seconds until it begins anew
 */
export const countTry = (
  { one, site, all }: Of<string | null>,
  seconds: number,
  max: Omit<Of<number>, 'all'>,
): Promise<Counted[]> =>
  sqlForOrg(deployment, (sql) =>
    sql<Counted>(count, [deployment.orgId, seconds, one, site, all, max.one, max.site], { last: true }),
  )

const forget = {
  name: 'oauth_forget_tries',
  text: `DELETE FROM credential_tries WHERE org_id = $1 AND started_at < now() - interval '1 day'`,
}

/** Forgets counts that count no more. No other sweep comes by the deployment's. */
export const sweepTries = async (): Promise<void> => {
  await sqlForOrg(deployment, (sql) => sql(forget, [deployment.orgId], { last: true }))
}
