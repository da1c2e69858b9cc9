import { IntlMessageFormat } from 'intl-messageformat'
import { describe, expect, test } from 'vitest'
import { catalogueOf, type Namespace } from './index.ts'
import { locales } from './schema.ts'

type Ast = ReturnType<IntlMessageFormat['getAst']>

const flat = (locale: (typeof locales)[number]): Map<string, string> =>
  new Map(
    Object.entries(catalogueOf(locale)).flatMap(([namespace, texts]) =>
      Object.entries(texts).map(([name, text]) => [`${namespace}.${name}`, text] as const),
    ),
  )

/** What a message takes: its arguments, plurals and tags, wherever in it they stand. */
function taken(elements: Ast): string[] {
  return elements.flatMap((element) => {
    if (element.type === 5 || element.type === 6) {
      const inside = Object.values(element.options).flatMap(({ value }) => taken(value))
      return [`${element.type === 6 ? 'plural' : 'select'} ${element.value}`, ...inside]
    }
    if (element.type === 8) return [`<${element.value}>`, ...taken(element.children)]
    return element.type === 0 || element.type === 7 ? [] : [`${element.type} ${element.value}`]
  })
}

const takenBy = (text: string, locale: string): string[] =>
  [...new Set(taken(new IntlMessageFormat(text, locale).getAst()))].sort()

const english = flat('en')

describe.each(locales.filter((locale) => locale !== 'en'))('%s', (locale) => {
  const own = flat(locale)

  test('has every text, and none that English does not have', () => {
    expect([...own.keys()].sort()).toEqual([...english.keys()].sort())
  })

  test('every text takes what the English one takes', () => {
    const differing = [...own].flatMap(([key, text]) => {
      const [here, there] = [takenBy(text, locale), takenBy(english.get(key) ?? '', 'en')]
      return here.join() === there.join() ? [] : [`${key}: ${here} instead of ${there}`]
    })
    expect(differing).toEqual([])
  })

  test('a plural names every form that the language has', () => {
    const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories
    const missing = [...own].flatMap(([key, text]) =>
      new IntlMessageFormat(text, locale)
        .getAst()
        .flatMap((element) =>
          element.type === 6 && element.pluralType === 'cardinal'
            ? forms.filter((form) => !element.options[form]).map((form) => `${key}: ${form}`)
            : [],
        ),
    )
    expect(missing).toEqual([])
  })

  test('no text was left in English by mistake', () => {
    const names = /^{\w+} \(UTC\)$/
    const same = [...own].filter(
      ([key, text]) => text === english.get(key) && !names.test(text) && text.includes(' '),
    )
    expect(same.map(([key]) => key)).toEqual([])
  })
})

/** Of texts that name what a button is for, beside the one that is read on it (WCAG 2.5.3): who speaks says what they read. */
test.each(locales)('%s: what a button is called has in it what is read on it', (locale) => {
  const own = flat(locale)
  const named = [...own].filter(([key]) => key.endsWith('_named'))
  expect(named.length).toBeGreaterThan(0)
  const differing = named.filter(
    ([key, text]) => !text.toLowerCase().includes((own.get(key.replace(/_named$/, '')) ?? '').toLowerCase()),
  )
  expect(differing).toEqual([])
})

test('texts of the client have plain arguments alone', () => {
  const plain = ['entry'] as const satisfies readonly Namespace[]
  const odd = plain.flatMap((namespace) =>
    Object.entries(catalogueOf('en')[namespace] ?? {}).filter(([, text]) =>
      takenBy(text, 'en').some((argument) => !argument.startsWith('1 ')),
    ),
  )
  expect(odd).toEqual([])
})
