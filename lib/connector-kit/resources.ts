import { type Page, paginate } from './paginate.ts'
import type { ToolHttp } from './tool.ts'

/** What a kind of resource is called where a person picks from it, each a text that stands alone. */
export type ResourceWords = {
  /** As a heading, such as "Repositories". */
  title: string
  /** The choice of everything, such as "All repositories that I can reach". */
  all: string
  /** The choice of some, such as "Only repositories that I pick". */
  some: string
}

export type Resource = { id: string; label: string }

/** How a tool stays within what was picked. Params and outputs are the tool's own, parsed. */
export type ToolLimit = {
  /** The ids that a call names, known before anything leaves; none named is refused. */
  touches?: (params: never) => readonly string[]
  /** The ids that a call means, asked of the provider before the call; for tools that name something inside of one. */
  finds?: (params: never, http: ToolHttp) => Promise<readonly string[]>
  /** Leaves of an answer only what lies within; `undefined` where that is nothing to answer with. */
  keeps?: (output: never, within: (id: string | null | undefined) => boolean) => unknown
}

/**
 * Something at the provider that a consent can be limited to. Every tool of the connector says how it stays within it:
 * one that is not named is refused under a limit, and `untouched` reaches none of them.
 */
export type ResourceKind = {
  words: ResourceWords
  /** The limit is offered where one of these scopes is. */
  scopes: readonly string[]
  /** Alternatives of what the list itself needs at the provider: without one of them there is nothing to pick from. */
  listScopes: readonly (readonly string[])[]
  /** A page of what the account reaches. `search` is a part of a name; empty for all. */
  list(http: ToolHttp, asked: { search: string; cursor: string | null }): Promise<Page<Resource>>
  tools: Readonly<Record<string, ToolLimit | 'untouched'>>
}

/** The types of one tool, told once: what `limit` takes is checked against them. */
export const limit = <Params, Output>(facts: {
  touches?: (params: Params) => readonly string[]
  finds?: (params: Params, http: ToolHttp) => Promise<readonly string[]>
  keeps?: (output: Output, within: (id: string | null | undefined) => boolean) => Output | undefined
}): ToolLimit => facts

/** Most pages that a search without help of the provider's looks through. */
const pagesMax = 10

/**
 * A list that a provider cannot search, searched here: page after page is read until enough match.
 * @param most matches to answer with
 */
export async function searched(
  fetchPage: (cursor: string | null) => Promise<Page<Resource>>,
  { search, cursor }: { search: string; cursor: string | null },
  most: number,
): Promise<Page<Resource>> {
  const sought = search.trim().toLowerCase()
  if (sought === '') return fetchPage(cursor)
  return paginate(
    async (at) => {
      const { items, next } = await fetchPage(at)
      return { items: items.filter(({ label }) => label.toLowerCase().includes(sought)), next }
    },
    most,
    { cursor, pagesMax },
  )
}
