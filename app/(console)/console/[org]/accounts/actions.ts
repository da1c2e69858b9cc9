'use server'

import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { idsMost } from '#components/console/table/columns'
import { AppError, toAppError } from '#lib/errors'
import { parse } from '#lib/http'
import { parseId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { connect, originOf } from '#runtime'
import { pathOf, requireOrg } from '../../session.ts'
import { connectionsFilter, readConnections } from './list.tsx'

/** Paused in one request; whoever has more presses again, and is told so. */
const pausedAtOnce = 200

type Selected = { ids: string[] } | { filter: Record<string, string> }

/** The rows that a form selects: their ids, or the filter that all of them match. */
function selectedBy(form: FormData): Selected {
  const matching = form.get('matching')
  if (typeof matching === 'string' && matching !== '') {
    const given = Object.fromEntries(new URLSearchParams(matching === 'all' ? '' : matching.slice(0, 2000)))
    parse(connectionsFilter, given, 'filter')
    return { filter: given }
  }
  const ids = form.getAll('id').map(String)
  if (ids.length === 0 || ids.length > idsMost || ids.some((id) => parseId('connected_account', id) === null))
    throw new AppError('invalid_request')
  return { ids }
}

/** Goes on to what says what a revocation of them would end, and asks for a reason. */
export async function revokeSelected(org: string, form: FormData): Promise<void> {
  const { tenant } = await requireOrg(String(org), 'revocations.manage')
  const selected = selectedBy(form)
  // A single one is ended on its own page.
  if ('ids' in selected && selected.ids.length === 1)
    redirect(`${pathOf(tenant)}/accounts/${selected.ids[0]}`)
  const query =
    'ids' in selected
      ? new URLSearchParams({ ids: selected.ids.join(',') })
      : new URLSearchParams(selected.filter)
  redirect(`${pathOf(tenant)}/revocations/new?step=confirm&${query}`)
}

async function toPause(tenant: Tenant, selected: Selected): Promise<string[]> {
  if ('ids' in selected) return selected.ids
  const filter = parse(connectionsFilter, selected.filter, 'filter')
  if (filter.status !== undefined && filter.status !== 'active') return []
  const asked = { filter: { ...filter, status: 'active' as const }, order: 'newest' }
  const { rows } = await readConnections(tenant, asked, null, pausedAtOnce)
  return rows.map(({ id }) => id)
}

/** Pauses those of them that are in use; the next call of each is refused. */
export async function pauseSelected(org: string, query: string, form: FormData): Promise<void> {
  const { tenant, caller } = await requireOrg(String(org), 'accounts.manage')
  const selected = selectedBy(form)
  const origin = originOf(await headers())
  const chosen = await toPause(tenant, selected)
  let paused = 0
  for (const id of chosen.slice(0, pausedAtOnce)) {
    try {
      await connect.setPaused(tenant, caller, parseId('connected_account', id) ?? '', true, origin)
      paused += 1
    } catch (thrown) {
      // Revoked or paused already, or gone since: there is nothing to pause.
      if (!['conflict', 'not_found'].includes(toAppError(thrown).code)) throw thrown
    }
  }
  const back = new URLSearchParams(String(query))
  back.set('paused', String(paused))
  if (chosen.length >= pausedAtOnce) back.set('more', '1')
  redirect(`${pathOf(tenant)}/accounts?${back}`)
}
