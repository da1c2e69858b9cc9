import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { appendAudit, originFields } from '#lib/audit'
import { forOrg, type Tx } from '#lib/db'
import { AppError } from '#lib/errors'
import { SignInRefused, type SsoPurpose, type SsoRecorder, ssoFlowSeconds, startSso } from '#lib/identity'
import type { SsoConnection } from '#lib/identity/schema'
import { log } from '#lib/log'
import type { Tenant } from '#lib/proof'
import { noteRefusal, originOf } from '#runtime'
import { ssoCookie } from './options.ts'

/** Where the browser reads where it is to go: a form's answer may not lead to another site by itself. */
const leave = '/console/sign-in/sso/leave'

/**
 * Begins a single sign-on in this browser and leads it away.
 * @throws AppError in the words of what is in the way
 */
export async function goToSso(
  tenant: Tenant,
  connection: SsoConnection,
  asked: { purpose: SsoPurpose; returnTo: string | null; hint: string | null },
): Promise<never> {
  const sealed = await startSso(tenant, connection, asked).catch((error: unknown) => {
    if (!(error instanceof SignInRefused)) throw error
    throw new AppError('conflict', { detail: error.message }, { cause: error.cause })
  })
  const jar = await cookies()
  jar.set(ssoCookie(sealed, ssoFlowSeconds))
  redirect(leave)
}

/** Refusals of one org that are written down in a minute: who only knocks must not fill its audit. */
const refusalsPerMinuteMax = 60
let minute = 0
let noted = new Map<string, number>()

function mayNote(orgId: string): boolean {
  const now = Math.floor(Date.now() / 60_000)
  if (now !== minute) {
    minute = now
    noted = new Map()
  }
  const count = (noted.get(orgId) ?? 0) + 1
  noted.set(orgId, count)
  return count <= refusalsPerMinuteMax
}

/** Writes what a single sign-on led to into the audit of its org. */
export async function ssoRecorder(): Promise<SsoRecorder> {
  const given = await headers()
  const origin = originOf(given)
  const from = originFields(origin)
  return {
    changed: (tx: Tx, tenant, { id }, { action, details }) =>
      appendAudit(tx, tenant, {
        action,
        outcome: 'allowed',
        actor: { type: 'member', id },
        details,
        ...from,
      }),
    refused: async (tenant, flow, refusal) => {
      const { reason, why, cause } = refusal
      log.warn({ err: cause, reason, why, connection: flow.connection }, 'single sign-on refused')
      if (!mayNote(tenant.orgId)) return
      await forOrg(tenant, (tx) =>
        appendAudit(tx, tenant, {
          action: 'member.sign_in_refused',
          outcome: 'denied',
          actor: { type: 'anonymous', id: origin.ip ?? 'unknown' },
          error_code: reason,
          details: { method: 'sso', purpose: flow.purpose.kind, connection: flow.connection, why },
          ...from,
        }),
      )
    },
    stray: () => noteRefusal(given),
  }
}
