import type { NavGroup } from './navigation.ts'

export type Jump = { words: string; about: string; href: string }

/** Where an id leads, by its prefix: as the API writes it, and as people shorten it. */
const places: Readonly<Record<string, { as: string; page: string; words: string }>> = {
  ca: { as: 'ca', page: 'accounts', words: 'Connection' },
  acc: { as: 'ca', page: 'accounts', words: 'Connection' },
  ag: { as: 'ag', page: 'agents', words: 'Agent' },
  ex: { as: 'ex', page: 'activity', words: 'Call' },
  usr: { as: 'usr', page: 'people', words: 'Person' },
  ap: { as: 'ap', page: 'approvals', words: 'Approval' },
  rev: { as: 'rev', page: 'revocations', words: 'Revocation' },
  stp: { as: 'stp', page: 'stops', words: 'Stop' },
  mem: { as: 'mem', page: 'members', words: 'Member' },
  pv: { as: 'pv', page: 'policies', words: 'Policy version' },
}

/** The page of the thing that an id names; `null` where the text is none that has a page. */
export function jumpTo(base: string, groups: readonly NavGroup[], text: string): Jump | null {
  const [, prefix, rest] = /^([a-z]+)_([0-9a-f]{32})$/i.exec(text.trim()) ?? []
  const place = prefix === undefined ? undefined : places[prefix.toLowerCase()]
  const listed = groups.some(({ entries }) => entries.some(({ id }) => id === place?.page))
  if (!place || !listed || rest === undefined) return null
  const id = `${place.as}_${rest.toLowerCase()}`
  return { words: `${place.words} ${id}`, about: 'Open', href: `${base}/${place.page}/${id}` }
}

/** What the palette offers for a text: the thing that an id names, then the pages whose name or group has every word of it. */
export function offered(base: string, groups: readonly NavGroup[], text: string): Jump[] {
  const jump = jumpTo(base, groups, text)
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean)
  const pages = groups.flatMap(({ words: about, entries }) =>
    entries.map(({ words, href }) => ({ words, about, href })),
  )
  return [
    ...(jump ? [jump] : []),
    ...pages.filter(({ words, about }) =>
      wanted.every((word) => `${words} ${about}`.toLowerCase().includes(word)),
    ),
  ]
}
