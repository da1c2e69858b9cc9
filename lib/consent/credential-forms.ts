import { forOrg, type Prisma, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { sha256 } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Attempt } from './attempts.ts'

/** How long what a person gave is kept for another try, in seconds. */
export const formSeconds = 600

/** What stands in a form when it is shown again. */
export type KeptForm = {
  /** Fields that are no secrets, as they were given. */
  values: Record<string, string>
  /** Names of the secrets that are kept sealed. */
  kept: string[]
  /** What is wrong with which field. */
  problems: Record<string, string>
  /** Why the provider, or we, did not take it. */
  refusal: string | null
}

/**
 * The attempt whose form this browser fills in, as it stands.
 * @throws AppError `bad_request` for one that is over, or that another browser or another approval began
 */
export async function openAttempt(
  tenant: Tenant,
  claim: { attemptId: string; state: string; connector: string; sessionId: string },
): Promise<Attempt> {
  const attempt = await forOrg(tenant, (tx) =>
    tx.connect_attempts.findFirst({
      where: {
        org_id: tenant.orgId,
        id: claim.attemptId,
        session_id: claim.sessionId,
        connector: claim.connector,
        state_hash: sha256(claim.state),
        status: 'started',
        consumed_at: null,
      },
    }),
  )
  if (attempt) return attempt
  throw new AppError('bad_request', { detail: 'This form belongs to another attempt. Start again.' })
}

/** What is kept of a form, while it is. */
export const keptForm = ({ form, form_expires_at }: Attempt): KeptForm | null =>
  form !== null && form_expires_at !== null && form_expires_at > new Date() ? (form as KeptForm) : null

/** Keeps a form that did not pass; of one whose attempt has ended meanwhile nothing is kept. */
export const keepFormIn = (
  tx: Tx,
  tenant: Tenant,
  attemptId: string,
  form: KeptForm,
  sealed: Uint8Array<ArrayBuffer> | null,
): Promise<unknown> =>
  tx.connect_attempts.updateMany({
    where: { org_id: tenant.orgId, id: attemptId, status: 'started', consumed_at: null },
    data: {
      form: form satisfies Prisma.InputJsonObject,
      sealed_form: sealed,
      form_expires_at: new Date(Date.now() + formSeconds * 1000),
    },
  })

/** Forgets the forms whose time is over, or whose session is, and counts of tries that count no more. */
export async function forgetFormsIn(tx: Tx, tenant: Tenant): Promise<void> {
  await tx.$executeRaw`
    UPDATE connect_attempts SET form = NULL, sealed_form = NULL, form_expires_at = NULL
    WHERE org_id = ${tenant.orgId}::uuid AND form_expires_at IS NOT NULL AND (form_expires_at <= now()
      OR EXISTS (SELECT FROM connect_sessions s WHERE s.org_id = connect_attempts.org_id
        AND s.id = connect_attempts.session_id
        AND (s.status NOT IN ('open', 'authorizing') OR s.expires_at <= now())))`
  await tx.$executeRaw`
    DELETE FROM credential_tries WHERE org_id = ${tenant.orgId}::uuid AND started_at < now() - interval '1 day'`
}

/**
 * Counts one more try of a subject, before anything is tried: many at once count as many.
 * @param most tries within `seconds`
 * @returns whether it is within them
 */
export async function countTryIn(
  tx: Tx,
  tenant: Tenant,
  { subject, most, seconds }: { subject: string; most: number; seconds: number },
): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ tries: number }[]>`
    INSERT INTO credential_tries AS t (org_id, subject, tries, started_at)
    VALUES (${tenant.orgId}::uuid, ${subject}, 1, now())
    ON CONFLICT (org_id, subject) DO UPDATE SET
      tries = CASE WHEN t.started_at <= now() - make_interval(secs => ${seconds}) THEN 1 ELSE t.tries + 1 END,
      started_at = CASE WHEN t.started_at <= now() - make_interval(secs => ${seconds}) THEN now() ELSE t.started_at END
    RETURNING tries`
  return row !== undefined && row.tries <= most
}
