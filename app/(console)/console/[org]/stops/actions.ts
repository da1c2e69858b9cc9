'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import type { StopResult } from '#components/console/stops/stop-forms'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { actorOf } from '#lib/identity'
import { parseId } from '#lib/ids'
import { liftStop, placeStop } from '#lib/limits'
import { stopInput, stopSubject } from '#lib/limits/schema'
import { originOf, stopTold, toolNames } from '#runtime'
import { acting } from '../../acting.ts'
import { utc } from '../../filters.ts'
import { pathOf, requireFresh, requireTenant } from '../../session.ts'
import { toType } from './to-type.ts'

const typedText = (form: FormData, name: string): string => String(form.get(name) ?? '').trim()

const input = z.object({ reason: stopInput.shape.reason, until: stopInput.shape.until })

/** Stops calls from the moment that this answers, and goes on to what proves it. */
export async function stopCalls(
  org: string,
  subject: { type: string; id?: string },
  _previous: StopResult,
  form: FormData,
): Promise<StopResult> {
  const [reason, until] = [typedText(form, 'reason'), typedText(form, 'until')]
  const done = await acting(async () => {
    const admin = await requireTenant(String(org), 'stops.manage')
    const { caller, tenant } = admin
    const wanted = parse(stopSubject, subject, 'subject')
    const must = toType(tenant, wanted.type)
    // What ends everything at once is for whoever is at the keyboard now, not for a session that was left open.
    if (must !== null) await requireFresh(admin)
    const given = parse(input, { reason, ...(until !== '' && { until: utc(until) }) }, 'form')
    if (must !== null && typedText(form, 'typed') !== must)
      throw new AppError('invalid_request', { detail: `Type ${must} to confirm.` })
    const record = stopTold(tenant, caller, originOf(await headers()), 'stop.placed')
    const { id } = await placeStop(
      tenant,
      { subject: wanted, ...given },
      { caller, actor: actorOf(caller) },
      toolNames,
      record,
    )
    redirect(`${pathOf(tenant)}/stops/${id}`)
  })
  return { ...done, reason: reason.slice(0, 300), until: until.slice(0, 30) }
}

const why = z.object({ reason: z.string().min(1, 'must be given').max(300) })

/** Lets calls go on that a stop held back. */
export async function releaseStop(
  org: string,
  stop: string,
  _previous: StopResult,
  form: FormData,
): Promise<StopResult> {
  const reason = typedText(form, 'reason')
  const done = await acting(async () => {
    const { caller, tenant } = await requireTenant(String(org), 'stops.manage')
    const id = parseId('stop', String(stop))
    if (id === null) throw new AppError('not_found')
    const given = parse(why, { reason }, 'form')
    const record = stopTold(tenant, caller, originOf(await headers()), 'stop.lifted')
    await liftStop(tenant, id, given.reason, { caller, actor: actorOf(caller) }, record)
    revalidatePath('/console/[org]/stops/[id]', 'page')
    return null
  })
  return done && { ...done, reason: reason.slice(0, 300), until: '' }
}
