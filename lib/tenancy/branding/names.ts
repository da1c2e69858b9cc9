/** What is drawn by nothing, or reorders what stands beside it: in a name it only ever deceives. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029\u115f\u1160\u3164\uffa0\u2800]/u

/** Scripts that are written together. @see UTS 39 §5.2, "Highly Restrictive" */
const together: readonly (readonly string[])[] = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]
const scripts = [
  ...['Latin', 'Cyrillic', 'Greek', 'Han', 'Hiragana', 'Katakana', 'Bopomofo', 'Hangul', 'Arabic', 'Hebrew'],
  ...['Armenian', 'Georgian', 'Devanagari', 'Bengali', 'Thai', 'Tamil', 'Cherokee', 'Coptic', 'Lisu'],
].map((name) => ({ name, has: new RegExp(`\\p{Script=${name}}`, 'u') }))
const shared = /^[\p{Script=Common}\p{Script=Inherited}]$/u

/** Letters of other scripts that look like Latin ones: a word of these alone is read as another. @see UTS 39 §4 */
const lookalikes = new Set('асеорхуѕіјһԁԛԝѡӏАВСЕНІЈКМОРЅТХУԌԚԜονρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲϳ')
/** Styled letters that NFKC folds to plain ones, such as 𝐀𝐜𝐦𝐞 or Ａｃｍｅ. */
const styled = /[\u{1d400}-\u{1d7ff}\uff01-\uff5e\u2100-\u214f\u2460-\u24ff]/u

function scriptsOf(word: string): string[] {
  const found = new Set<string>()
  for (const letter of word) {
    if (shared.test(letter)) continue
    found.add(scripts.find(({ has }) => has.test(letter))?.name ?? 'another')
  }
  return [...found]
}

/**
 * Why a name may not stand for an organization, or `null`: it must read as what it is.
 * @see UTS 39 (Unicode security mechanisms), THREATS.md F4
 */
export function nameFault(name: string): string | null {
  if (name !== name.trim() || /\s\s/.test(name)) return 'must not begin, end or be spread out with spaces'
  if (name !== name.normalize('NFC')) return 'must be written in composed characters (NFC)'
  if (unseen.test(name)) return 'must not hold characters that are not seen'
  if (/[<>]/.test(name)) return 'must not hold < or >'
  if (styled.test(name)) return 'must not hold styled letters'
  if (/\p{M}{3}/u.test(name)) return 'must not pile up accents'
  if (!/[\p{L}\p{N}]/u.test(name)) return 'must hold a letter or a number'
  for (const word of name.split(/[\s\p{P}]+/u)) {
    const found = scriptsOf(word)
    if (found.length > 1 && !together.some((group) => found.every((one) => group.includes(one))))
      return `mixes scripts within “${word}” (${found.join(', ')})`
    const letters = [...word].filter((letter) => /\p{L}/u.test(letter))
    if (letters.length > 1 && letters.every((letter) => lookalikes.has(letter)))
      return `“${word}” is ${found.join(', ')} that reads as Latin`
  }
  return null
}
