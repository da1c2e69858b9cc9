import { IntlMessageFormat } from 'intl-messageformat'

type Ast = ReturnType<IntlMessageFormat['getAst']>

const accents: Readonly<Record<string, string>> = Object.fromEntries(
  [...'aáeéiíoóuúAÁEÉIÍOÓUÚcçCÇnñNÑyýYÝ'].flatMap((from, at, all) =>
    at % 2 ? [] : [[from, all[at + 1] ?? from]],
  ),
)

/** Longer and accented, as German and Polish are, so that what is cut off or not translated is seen. */
const stretch = (text: string): string => {
  const accented = text.replace(/[a-z]/gi, (letter) => accents[letter] ?? letter)
  const letters = text.replace(/[^a-z]/gi, '').length
  return letters < 3 ? accented : `${accented}${'~'.repeat(Math.ceil(letters * 0.3))}`
}

// The parts of a message in ICU's syntax: 0 is literal text, 5 and 6 select and plural, 8 a tag.
function walk(elements: Ast): Ast {
  return elements.map((element) => {
    if (element.type === 0) return { ...element, value: stretch(element.value) }
    if (element.type === 5 || element.type === 6) {
      const options = Object.entries(element.options).map(([name, option]) => [
        name,
        { ...option, value: walk(option.value) },
      ])
      return { ...element, options: Object.fromEntries(options) } as typeof element
    }
    if (element.type === 8) return { ...element, children: walk(element.children) }
    return element
  })
}

/** A message with its words stretched and its arguments left alone. */
export const pseudo = (message: string): IntlMessageFormat =>
  new IntlMessageFormat(walk(new IntlMessageFormat(message, 'en').getAst()), 'en')

/** As `pseudo`, for a text with plain `{name}` arguments alone, which stays one. */
export const pseudoPlain = (text: string): string =>
  text
    .split(/(\{\w+\})/)
    .map((part) => (/^\{\w+\}$/.test(part) ? part : stretch(part)))
    .join('')
