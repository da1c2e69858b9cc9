import type { WordsByLocale } from '#lib/connector-kit'
import de from './de.json' with { type: 'json' }

/** What the connector says in other languages than English. */
export const words: WordsByLocale = { de }
