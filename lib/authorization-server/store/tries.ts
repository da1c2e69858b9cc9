import { deployment, sqlForOrg } from '#lib/db'

// The deployment's own rows of `credential_tries`, one statement each.

const counted = (
  what: string,
) => `INSERT INTO credential_tries AS t (org_id, subject, tries, started_at) ${what}
      ON CONFLICT (org_id, subject) DO UPDATE SET
        tries = CASE WHEN t.started_at <= now() - make_interval(secs => $4) THEN 1 ELSE t.tries + 1 END,
        started_at = CASE WHEN t.started_at <= now() - make_interval(secs => $4) THEN now() ELSE t.started_at END
      RETURNING tries, ceil(extract(epoch FROM started_at - now()) + $4)::int AS left`

/** What one alone is refused is not charged to all. */
const count = {
  name: 'oauth_count_try',
  text: `WITH own AS (${counted(`SELECT $1::uuid, $2::text, 1, now() WHERE $2::text IS NOT NULL`)}),
    every AS (${counted(`SELECT $1::uuid, $3::text, 1, now() WHERE $3::text IS NOT NULL
        AND NOT EXISTS (SELECT FROM own WHERE tries > $5)`)})
    SELECT 'one' AS whose, tries, "left" FROM own UNION ALL SELECT 'all', tries, "left" FROM every`,
}

export type Counted = { whose: 'one' | 'all'; tries: number; left: number }

/**
 * Counts one more try, before anything is done: many at once count as many.
 * @param one whose it is; @param all of everybody; `null` for what is not counted
 * @param seconds how long a count lasts from its first try on
 * @param oneMax tries of one
 * @returns how many each has now, and the seconds until it begins anew
 */
export const countTry = (
  one: string | null,
  all: string | null,
  seconds: number,
  oneMax: number,
): Promise<Counted[]> =>
  sqlForOrg(deployment, (sql) =>
    sql<Counted>(count, [deployment.orgId, one, all, seconds, oneMax], { last: true }),
  )

const forget = {
  name: 'oauth_forget_tries',
  text: `DELETE FROM credential_tries WHERE org_id = $1 AND started_at < now() - interval '1 day'`,
}

/** Forgets counts that count no more. No other sweep comes by the deployment's. */
export const sweepTries = async (): Promise<void> => {
  await sqlForOrg(deployment, (sql) => sql(forget, [deployment.orgId], { last: true }))
}
