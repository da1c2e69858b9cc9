import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { newId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { SavedView } from './schema.ts'

/** Whose views they are: a member, in the org that they are a member of. */
export type Viewer = { home: Tenant; memberId: string }

const viewsMost = 50

/** A member's views of a list by name, and the columns and density that they chose last. */
export const viewsOf = (
  { home, memberId }: Viewer,
  list: string,
): Promise<{ named: SavedView[]; last: string | null }> =>
  forOrg(home, async (tx) => {
    const rows = await tx.saved_views.findMany({
      where: { org_id: home.orgId, member_id: memberId, list },
      orderBy: { name: 'asc' },
    })
    return {
      named: rows.filter(({ name }) => name !== '').map(({ id, name, query }) => ({ id, name, query })),
      last: rows.find(({ name }) => name === '')?.query ?? null,
    }
  })

/**
 * Keeps how a member looks at a list, under a name; the same name again replaces what it stood for.
 * @param name empty for the columns and density that they chose last
 * @throws AppError `conflict` when they have as many as one can find one's way in
 */
export const saveView = (
  { home, memberId }: Viewer,
  list: string,
  name: string,
  query: string,
): Promise<void> =>
  forOrg(home, async (tx) => {
    const own = { org_id: home.orgId, member_id: memberId, list }
    // Two tabs at once must not count the same views.
    await tx.$queryRaw`SELECT 1 FROM members WHERE org_id = ${home.orgId}::uuid AND id = ${memberId}::uuid FOR UPDATE`
    const known = await tx.saved_views.findMany({ where: own, select: { name: true } })
    if (
      name !== '' &&
      known.filter((view) => view.name !== '').length >= viewsMost &&
      !known.some((view) => view.name === name)
    )
      throw new AppError('conflict', {
        detail: `There are ${viewsMost} views of this list. Delete one first.`,
      })
    await tx.saved_views.upsert({
      where: { org_id_member_id_list_name: { ...own, name } },
      create: { ...own, id: newId(), name, query },
      update: { query, updated_at: new Date() },
    })
  })

/** Forgets a view. One of somebody else's is none of theirs, and stays. */
export const deleteView = ({ home, memberId }: Viewer, id: string): Promise<void> =>
  forOrg(home, async (tx) => {
    await tx.saved_views.deleteMany({ where: { org_id: home.orgId, member_id: memberId, id } })
  })
