import { IntlMessageFormat } from 'intl-messageformat'

type Node = { type: number; value?: unknown; children?: Node[]; options?: Record<string, { value: Node[] }> }

// The kinds of nodes. @see @formatjs/icu-messageformat-parser, TYPE
const kinds: Readonly<Record<number, string>> = {
  1: 'text',
  2: 'number',
  3: 'date',
  4: 'time',
  5: 'select',
  6: 'plural',
  8: 'tag',
}

function* namedBy(nodes: readonly Node[]): Generator<string> {
  for (const node of nodes) {
    const kind = kinds[node.type]
    if (kind) yield `${kind} ${String(node.value)}`
    yield* namedBy(node.children ?? [])
    for (const { value } of Object.values(node.options ?? {})) yield* namedBy(value)
  }
}

/**
 * The arguments and tags of a message, each with its kind.
 * @throws Error when it is no ICU message
 * @see Unicode ICU MessageFormat
 */
export const argumentsOf = (message: string, locale: string): Set<string> =>
  new Set(namedBy(new IntlMessageFormat(message, locale).getAst() as Node[]))
