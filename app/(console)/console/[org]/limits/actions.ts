'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import type { ConfirmResult } from '#components/console/confirm-action'
import type { LimitResult } from '#components/console/limits/limit-forms'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { parse } from '#lib/http'
import { actorOf } from '#lib/identity'
import { parseId } from '#lib/ids'
import { changeLimitIn, createLimitIn, deleteLimitIn } from '#lib/limits'
import { limitInput, limitPatch } from '#lib/limits/schema'
import { audited, originOf, toolNames } from '#runtime'
import { acting } from '../../acting.ts'
import { requireOrg } from '../../session.ts'

const fields = ['name', 'kind', 'most', 'window_seconds', 'agent_id', 'user_id', 'tool_name', 'connector']
const numbers = ['most', 'window_seconds']

function typed(form: FormData): Record<string, string> {
  const texts = fields.map((name) => [
    name,
    String(form.get(name) ?? '')
      .trim()
      .slice(0, 300),
  ])
  return Object.fromEntries([...texts, ['per', form.getAll('per').join(' ').slice(0, 300)]])
}

/** Sets a limit: it holds from the next call on. */
export async function setLimit(org: string, _previous: LimitResult, form: FormData): Promise<LimitResult> {
  const given = typed(form)
  const done = await acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'limits.manage', 'limits')
    const { per, ...texts } = given
    const said = Object.entries(texts).filter(([, text]) => text !== '')
    const input = parse(
      limitInput,
      {
        ...Object.fromEntries(
          said.map(([name, text]) => [name, numbers.includes(name) ? Number(text) : text]),
        ),
        per: per === '' ? [] : per?.split(' '),
      },
      'form',
    )
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      const by = { caller, actor: actorOf(caller) }
      const { id, kind, most, window_seconds } = await createLimitIn(tx, tenant, input, by, toolNames)
      const details = { limit_id: id, kind, most, window_seconds }
      await audited(tx, tenant, caller, origin, 'limit.created', details)
    })
    revalidatePath('/console/[org]/limits', 'page')
    return { done: true as const }
  })
  return 'fault' in done ? { ...done, given } : done
}

/** Another amount for a limit. */
export async function changeLimit(
  org: string,
  limit: string,
  _previous: LimitResult,
  form: FormData,
): Promise<LimitResult> {
  const done = await acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'limits.manage', 'limits')
    const id = parseId('limit', String(limit))
    if (id === null) throw new AppError('not_found')
    const patch = parse(limitPatch, { most: Number(form.get('most')) }, 'form')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      const { most } = await changeLimitIn(tx, tenant, caller, id, patch)
      const details = { limit_id: String(limit), most }
      await audited(tx, tenant, caller, origin, 'limit.changed', details, ['most'])
    })
    revalidatePath('/console/[org]/limits', 'page')
    return { done: true as const }
  })
  return 'fault' in done ? { ...done, given: {} } : done
}

/** Takes a limit away. */
export async function removeLimit(
  org: string,
  limit: string,
  _previous: ConfirmResult,
  _form: FormData,
): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'limits.manage', 'limits')
    const id = parseId('limit', String(limit))
    if (id === null) throw new AppError('not_found')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      await deleteLimitIn(tx, tenant, caller, id)
      await audited(tx, tenant, caller, origin, 'limit.deleted', { limit_id: String(limit) })
    })
    revalidatePath('/console/[org]/limits', 'page')
    return null
  })
}
