import type { Facet } from '#components/console/audit/facets'
import { outcomeChoices } from '#components/console/status'
import { type FacetField, facetFields, type Tally } from '#lib/audit'
import { hrefWith } from '../../href-with.ts'

const words: Readonly<Record<FacetField, string>> = {
  action: 'Action',
  outcome: 'Outcome',
  connector: 'Connector',
  agent: 'Agent',
  user: 'User',
}

/** The facets as links: a value that is chosen lets go of itself, another one is taken in its place. */
export function facetsOf(
  tally: Tally,
  names: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
  path: string,
): Facet[] {
  return facetFields.map((field) => ({
    field,
    words: words[field],
    values: tally.facets[field].map(({ value, count }) => {
      const chosen = (given[field] ?? '').split(',').includes(value)
      return {
        value,
        count,
        chosen,
        words:
          field === 'outcome'
            ? (outcomeChoices.find((one) => one.value === value)?.words ?? value)
            : (names[value] ?? value),
        href: hrefWith(path, given, { [field]: chosen ? null : value }),
      }
    }),
  }))
}
