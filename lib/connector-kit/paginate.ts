/** One page of a provider's list, with where the next begins. */
export type Page<Item> = { items: readonly Item[]; next: string | null }

/**
 * Walks a list page by page until `limit` items are there.
 * @param fetchPage reads the page at `cursor`; `null` is the first
 * @param limit most items to return
 * @param pagesMax most pages to read, so that a provider that repeats its cursor cannot hold the call
 */
export async function paginate<Item>(
  fetchPage: (cursor: string | null, remaining: number) => Promise<Page<Item>>,
  limit: number,
  options: { cursor?: string | null; pagesMax?: number } = {},
): Promise<Page<Item>> {
  const items: Item[] = []
  let cursor = options.cursor ?? null
  for (let pages = 0; pages < (options.pagesMax ?? 10); pages++) {
    const page = await fetchPage(cursor, limit - items.length)
    items.push(...page.items)
    const repeated = page.next === cursor
    cursor = page.next
    if (cursor === null || repeated || items.length >= limit) break
  }
  return { items, next: cursor }
}
