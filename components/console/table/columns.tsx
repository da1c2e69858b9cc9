import type { ReactNode } from 'react'

/** A column as the table draws it. */
export type ShownColumn = {
  id: string
  header: string
  /** How its heading orders the list, and whether the list is in that order now. */
  sort?: { href: string; now: 'ascending' | 'descending' | null }
  /** Numbers stand at the end of their column. */
  end?: boolean
}

/** A row: its cells are made where the data are, and travel as what they look like. */
export type ShownRow = {
  id: string
  /** What it is called, for those who select it without seeing it. */
  name: string
  cells: Readonly<Record<string, ReactNode>>
}

/** What can be done with several rows at once. */
export type BulkAction = {
  words: string
  /** Where a form with the rows, or with the filter that they match, is sent: a page that asks first, or an action. */
  to: string | ((form: FormData) => Promise<void>)
  danger?: boolean
}

export type Matching = { count: number; more: boolean }

/** Ids that a bulk action takes; of more than these it is told the filter. */
export const idsMost = 1000

/** Reads columns from an address: those that there are, in the order of the table; none is what is shown by itself. */
export function chosenColumns<Id extends string>(
  all: readonly { id: Id; hidden?: boolean; fixed?: boolean }[],
  asked: string | undefined,
): Id[] {
  const names = asked?.split(',')
  const wanted = all.filter(({ id, hidden, fixed }) => fixed || (names ? names.includes(id) : !hidden))
  return wanted.map(({ id }) => id)
}
