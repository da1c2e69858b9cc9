/** How an attention item and a list agree on what "of late" means. */
export const dormantDays = 90
export const expiringDays = 14
export const refusedDays = 7

export type SavedView = { id: string; name: string; query: string }

/** More than this is not counted on: "1,000+" says as much to a person. */
export const countMost = 1000

/** How many there are; `more` when counting stopped before the end. */
export type Count = { count: number; more: boolean }

/** A count as people read it. */
export const countWords = ({ count, more }: Count): string =>
  `${count.toLocaleString('en')}${more ? '+' : ''}`
