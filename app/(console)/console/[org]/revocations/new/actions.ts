'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import type { AskResult } from '#components/console/revoking/ask-revocation'
import type { StartResult } from '#components/console/start-revocation'
import { listRevocationRequests } from '#lib/connect'
import { revocableIds, revocationImpact } from '#lib/console'
import { AppError, toAppError } from '#lib/errors'
import { parse } from '#lib/http'
import { actorOf } from '#lib/identity'
import { parseId } from '#lib/ids'
import { placeStop } from '#lib/limits'
import type { Caller, Tenant } from '#lib/proof'
import { connect, originOf, stopTold, toolNames } from '#runtime'
import { acting } from '../../../acting.ts'
import { scopeRules } from '../../../scope-rules.ts'
import { isDeployment, pathOf, requireFresh, requireTenant } from '../../../session.ts'
import { type Asked, chosenSchema, isSame, rowsOf, toldOf } from './chosen.ts'
import { stopOfAll } from './stop-of-all.ts'
import { typedBy, whyTwo } from './to-type.ts'

const reasonText = z.string().trim().min(1, 'must be given').max(500, 'must be at most 500 characters')
const started = z.object({ reason: reasonText })
const asked = z.object({ reason: reasonText, typed: z.string().trim().max(200), stop: z.boolean() })

/**
 * Revokes what was shown, and goes on to the report. What takes a second person is refused, and asked for instead.
 * @param shown what the page said that it reaches (`shownOf`): nothing is stopped where that has changed
 */
export async function startRevocation(
  org: string,
  filter: Record<string, string>,
  shown: string,
  _previous: StartResult,
  form: FormData,
): Promise<StartResult> {
  const done = await acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'revocations.manage')
    const chosen = parse(chosenSchema(tenant), filter, 'filter')
    const told = toldOf(chosen)
    const { reason } = parse(started, { reason: form.get('reason') }, 'form')
    const { user_id, connector, status, ...rest } = told
    const picked = Object.keys(rest).length > 0 && (await revocableIds(tenant, rowsOf(chosen), scopeRules))
    const report = await connect
      .revokeMany(
        caller,
        {
          org_id: tenant.externalId,
          ...(user_id !== undefined && { user_id: String(user_id) }),
          ...(connector !== undefined && { connector: String(connector) }),
          reason,
        },
        originOf(await headers()),
        {
          ...(status !== undefined && { status: String(status) }),
          ...(picked && { among: { ids: picked, told: rest } }),
          shown: String(shown),
        },
      )
      .catch((thrown: unknown) => {
        // What the page shows, or who it takes, is another matter by now.
        if (['conflict', 'forbidden'].includes(toAppError(thrown).code))
          revalidatePath('/console/[org]/revocations/new', 'page')
        throw thrown
      })
    redirect(`${pathOf(tenant)}/revocations/${report.data[0]?.id ?? ''}`)
  })
  return { ...done, reason: String(form.get('reason') ?? '').slice(0, 500) }
}

/** Asks a second person for a revocation of everything, or of most; where it is wanted, all calls are stopped at once. */
export async function askRevocation(
  org: string,
  filter: Record<string, string>,
  _previous: AskResult,
  form: FormData,
): Promise<AskResult> {
  const stop = form.get('stop') === 'on'
  const done = await acting(async () => {
    const admin = await requireTenant(String(org), 'revocations.manage')
    const { caller, tenant } = admin
    const chosen = parse(chosenSchema(tenant), filter, 'filter')
    const told = toldOf(chosen)
    const must = typedBy(tenant)
    if ((await whyTwo(tenant, chosen)) === null)
      throw new AppError('invalid_request', { detail: 'This takes no second person.' })
    // What ends everything at once is for whoever is at the keyboard now, not for a session that was left open.
    await requireFresh(admin)
    const given = parse(asked, { reason: form.get('reason'), typed: form.get('typed') ?? '', stop }, 'form')
    if (given.typed !== must) throw new AppError('invalid_request', { detail: `Type ${must} to confirm.` })
    const stopId = given.stop ? await stopAll(tenant, caller, String(org)) : null
    const wanted = Object.keys(told).length === 0 ? { all: true } : told
    const impact = isDeployment(tenant) ? null : await revocationImpact(tenant, rowsOf(chosen), scopeRules)
    const { ids: picked } = rowsOf(chosen)
    const ask = {
      filter: wanted,
      reason: given.reason,
      accounts: impact?.accounts ?? null,
      stopId,
      ...(picked && { picked }),
    }
    const id = await connect
      .askForRevocation(tenant, caller, ask, originOf(await headers()))
      .then((request) => request.id)
      .catch((thrown: unknown) => waitingAlready(tenant, { filter: wanted, picked }, thrown))
    redirect(`${pathOf(tenant)}/revocations/requests/${id}`)
  })
  return { ...done, reason: String(form.get('reason') ?? '').slice(0, 500), stop }
}

/** Stops every call, unless one such stop holds already. @returns its internal id */
async function stopAll(
  tenant: Tenant,
  caller: Caller & { kind: 'admin' },
  org: string,
): Promise<string | null> {
  const holds = await stopOfAll(tenant)
  if (holds) return parseId('stop', holds.id)
  await requireTenant(org, 'stops.manage')
  const record = stopTold(tenant, caller, originOf(await headers()), 'stop.placed')
  const subject = { type: isDeployment(tenant) ? 'all' : 'org' } as const
  const by = { caller, actor: actorOf(caller) }
  // Whoever calls is told this one: the reason that was typed is for colleagues.
  const reason = 'All access is about to be revoked.'
  const placed = await placeStop(tenant, { subject, reason }, by, toolNames, record)
  return parseId('stop', placed.id)
}

/** Somebody was faster with the very same: theirs is the one to look at. */
async function waitingAlready(tenant: Tenant, asked: Asked, thrown: unknown): Promise<string> {
  const same = (await listRevocationRequests(tenant, 20)).find(
    (request) => request.status === 'pending' && isSame(request, asked),
  )
  if (toAppError(thrown).code !== 'conflict' || !same) throw thrown
  return same.id
}
