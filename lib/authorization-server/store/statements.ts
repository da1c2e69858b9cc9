// One statement each. All rows are the deployment's ($1).

export const upsert = {
  name: 'oauth_upsert',
  text: `INSERT INTO oauth_records (org_id, model, id, payload, grant_id, uid, user_code, parent, subject_org_id, subject_id,
      registered_from, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(secs => $12))
    ON CONFLICT (org_id, model, id) DO UPDATE SET payload = excluded.payload,
      grant_id = coalesce(excluded.grant_id, oauth_records.grant_id), uid = coalesce(excluded.uid, oauth_records.uid),
      user_code = coalesce(excluded.user_code, oauth_records.user_code),
      subject_org_id = coalesce(excluded.subject_org_id, oauth_records.subject_org_id),
      subject_id = coalesce(excluded.subject_id, oauth_records.subject_id), expires_at = excluded.expires_at`,
}

/**
 * A refresh token's successor is one and the same for all who exchange it at once. Nothing comes of one whose family was
 * revoked in the meantime.
 */
export const succeed = {
  name: 'oauth_succeed',
  text: `INSERT INTO oauth_records (org_id, model, id, payload, grant_id, parent, subject_org_id, subject_id, expires_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9)
    FROM oauth_records p WHERE p.org_id = $1 AND p.model = $2 AND p.id = $6 AND p.revoked_at IS NULL
    FOR SHARE OF p
    ON CONFLICT (org_id, model, id) DO UPDATE SET parent = oauth_records.parent RETURNING id`,
}

/** Models of what has a bearer: an access token of ours, for somebody or for an agent itself. */
const tokens = `('AccessToken', 'ClientCredentials')`

/**
 * `mercy`: used within the last $4 seconds, and its successor not yet. What was exchanged ends with whatever it came from.
 */
export const find = {
  name: 'oauth_find',
  text: `SELECT r.id, r.payload, extract(epoch FROM r.consumed_at)::float8 AS consumed,
      coalesce(r.consumed_at > now() - make_interval(secs => $4) AND NOT EXISTS (SELECT FROM oauth_records s
        WHERE s.parent = r.id AND s.org_id = $1 AND s.model = $2 AND s.consumed_at IS NOT NULL), false) AS mercy
    FROM oauth_records r WHERE r.org_id = $1 AND r.model = $2 AND r.id = $3
      AND r.revoked_at IS NULL AND (r.expires_at IS NULL OR r.expires_at > now())
      AND NOT EXISTS (SELECT FROM oauth_records p WHERE p.org_id = $1 AND p.model IN ${tokens}
        AND p.id = ANY (r.ancestors) AND p.revoked_at IS NOT NULL)`,
}

const foundBy = (column: string) =>
  `SELECT id, payload, extract(epoch FROM consumed_at)::float8 AS consumed, false AS mercy FROM oauth_records
    WHERE org_id = $1 AND model = $2 AND ${column} = $3
      AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`

export const findByUid = { name: 'oauth_find_by_uid', text: foundBy('uid') }
export const findByUserCode = { name: 'oauth_find_by_user_code', text: foundBy('user_code') }

/** No row where it was consumed before, or is gone. */
export const consume = {
  name: 'oauth_consume',
  text: `UPDATE oauth_records SET consumed_at = now() WHERE org_id = $1 AND model = $2 AND id = $3
      AND consumed_at IS NULL AND revoked_at IS NULL RETURNING id`,
}

/** Access tokens stay, so that those that were taken back are known; with each go those that were made of it. */
export const destroy = {
  name: 'oauth_destroy',
  text: `WITH gone AS (DELETE FROM oauth_records WHERE org_id = $1 AND model = $2 AND id = $3
      AND model NOT IN ${tokens})
    UPDATE oauth_records SET revoked_at = coalesce(revoked_at, now())
    WHERE org_id = $1 AND model IN ${tokens}
      AND (model = $2 AND id = $3 OR $2 IN ${tokens} AND ancestors @> ARRAY[$3::bytea])`,
}

export const revokeGrant = {
  name: 'oauth_revoke_grant',
  text: `WITH family AS (SELECT array_agg(id) AS ids FROM oauth_records
      WHERE org_id = $1 AND grant_id = $2 AND model IN ${tokens})
    UPDATE oauth_records SET revoked_at = now() WHERE org_id = $1 AND revoked_at IS NULL
      AND (grant_id = $2 OR model IN ${tokens} AND ancestors && (SELECT ids FROM family))`,
}

export const claimOnce = {
  name: 'oauth_claim_once',
  text: `INSERT INTO oauth_records (org_id, model, id, payload, expires_at)
    VALUES ($1, 'ReplayDetection', $2, '{}', now() + make_interval(secs => $3)) ON CONFLICT DO NOTHING RETURNING id`,
}

/** A token that was made of another ($4): it came from that one, and from all that that one came from; $6 at most. */
export const descend = {
  name: 'oauth_descend',
  text: `INSERT INTO oauth_records (org_id, model, id, payload, ancestors, expires_at)
    SELECT $1, 'AccessToken', $2, $3, came.ancestors, now() + make_interval(secs => $5)
    FROM (SELECT coalesce((SELECT p.ancestors FROM oauth_records p WHERE p.org_id = $1 AND p.model IN ${tokens}
      AND p.id = $4), '{}') || $4::bytea AS ancestors) came
    WHERE cardinality(came.ancestors) <= $6 RETURNING id`,
}

/** Rows that one sweeping statement deletes at most. */
export const sweepBatch = 5_000

/**
 * A minute late: a token is good for seconds beyond its time. One that was taken back stays known for as long as a call
 * that it asked for may wait for people.
 */
export const sweep = {
  name: 'oauth_sweep',
  // By where the rows lie: a join of what was never analysed takes minutes.
  text: `DELETE FROM oauth_records WHERE ctid = ANY (ARRAY(SELECT ctid FROM oauth_records
      WHERE org_id = $1 AND (CASE WHEN revoked_at IS NOT NULL AND model IN ${tokens} THEN revoked_at < now() - interval '31 days'
        ELSE expires_at < now() - interval '1 minute' OR revoked_at < now() - interval '1 hour' END)
      LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
}

export const subjectOfGrant = {
  name: 'oauth_subject_of_grant',
  text: `SELECT subject_org_id, subject_id FROM oauth_records
    WHERE org_id = $1 AND grant_id = $2 AND subject_id IS NOT NULL LIMIT 1`,
}

export const unnarrowed = {
  name: 'oauth_unnarrowed',
  text: `SELECT bool_and(NOT payload ? 'rar') AS whole FROM oauth_records
    WHERE org_id = $1 AND model = 'Grant' AND grant_id = $2 AND revoked_at IS NULL AND expires_at > now()`,
}
