import type { Permission } from '#lib/identity/schema'

/** The lists that have views and exports, by the page that they are on, and what reading one takes. */
export const lists = {
  accounts: 'accounts.read',
  people: 'people.read',
  agents: 'agents.read',
  activity: 'activity.read',
  receipts: 'receipts.read',
  'requests-log': 'events.read',
  events: 'events.read',
} as const satisfies Record<string, Permission>

export type ListName = keyof typeof lists

export const isList = (name: string): name is ListName => Object.hasOwn(lists, name)
