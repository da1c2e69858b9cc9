/** One page of a provider's list, with where the next begins. */
export type Page<Item> = { items: readonly Item[]; next: string | null }

const pagesMaxDefault = 10

/**
 * A list page by page. It ends with the provider's last page, with a cursor that was there before, and after
 * `pagesMax` pages: a provider that never stops cannot hold the call.
 * @param fetchPage reads the page at `cursor`; `null` is the first
 */
export async function* pages<Item>(
  fetchPage: (cursor: string | null) => Promise<Page<Item>>,
  options: { cursor?: string | null; pagesMax?: number } = {},
): AsyncGenerator<Page<Item>, void, undefined> {
  let cursor = options.cursor ?? null
  const seen = new Set<string | null>()
  for (let read = 0; read < (options.pagesMax ?? pagesMaxDefault); read++) {
    seen.add(cursor)
    const page = await fetchPage(cursor)
    const next = seen.has(page.next) ? null : page.next
    yield { items: page.items, next }
    if (next === null) return
    cursor = next
  }
}

/**
 * Walks a list page by page until `limit` items are there.
 * @param fetchPage reads the page at `cursor`, of which `remaining` items are wanted; `null` is the first
 * @param limit most items to return; the last page may bring more
 */
export async function paginate<Item>(
  fetchPage: (cursor: string | null, remaining: number) => Promise<Page<Item>>,
  limit: number,
  options: { cursor?: string | null; pagesMax?: number } = {},
): Promise<Page<Item>> {
  const items: Item[] = []
  let next: string | null = null
  for await (const page of pages((cursor) => fetchPage(cursor, limit - items.length), options)) {
    items.push(...page.items)
    next = page.next
    if (items.length >= limit) break
  }
  return { items, next }
}
