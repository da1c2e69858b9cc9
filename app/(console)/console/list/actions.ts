'use server'

import { redirect } from 'next/navigation'
import { deleteView, saveView } from '#lib/console'
import { AppError } from '#lib/errors'
import { parseId } from '#lib/ids'
import { pathOf, requireTenant } from '../session.ts'
import { isList, type ListName, lists } from './lists.ts'
import { cleanQuery } from './read.ts'

const queryOf = (form: FormData, without: readonly string[] = []): string =>
  cleanQuery(new URLSearchParams(String(form.get('query') ?? '').slice(0, 2000)), without).slice(0, 2000)

async function viewerOf(org: string, list: ListName) {
  if (!isList(list)) throw new AppError('not_found')
  const { caller, tenant } = await requireTenant(String(org), lists[list])
  const path = `${pathOf(tenant)}/${list}`
  const go = (query: string): never => redirect(query ? `${path}?${query}` : path)
  return { viewer: { home: caller.home, memberId: caller.memberId }, go }
}

/** Keeps the filter and columns of the address under a name. */
export async function saveListView(org: string, list: ListName, form: FormData): Promise<void> {
  const { viewer, go } = await viewerOf(org, list)
  const name = String(form.get('name') ?? '')
    .trim()
    .slice(0, 60)
  const query = queryOf(form)
  if (name !== '') await saveView(viewer, list, name, query)
  go(query)
}

export async function deleteListView(org: string, list: ListName, form: FormData): Promise<void> {
  const { viewer, go } = await viewerOf(org, list)
  const id = parseId('saved_view', String(form.get('view') ?? ''))
  if (id !== null) await deleteView(viewer, id)
  go(queryOf(form))
}

/** Shows other columns, and remembers them for the next time. */
export async function chooseListColumns(org: string, list: ListName, form: FormData): Promise<void> {
  const { viewer, go } = await viewerOf(org, list)
  const columns = form.getAll('column').map(String).join(',')
  const chosen = cleanQuery([
    ['columns', columns || 'none'],
    ['dense', form.get('dense') === '1' ? '1' : ''],
  ])
  await saveView(viewer, list, '', chosen)
  const others = queryOf(form, ['columns', 'dense'])
  go([others, chosen].filter(Boolean).join('&'))
}
