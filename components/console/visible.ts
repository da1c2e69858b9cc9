/** Characters that change what a reader sees of a text without being seen: controls, directions, nothing-wide ones. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u115F\u1160\u3164\uFFA0]/gu

/**
 * A text with every character shown: what cannot be seen, or would turn around what stands beside it, by its code. Line
 * breaks and tabs stay. For texts that somebody else wrote and a person is to judge.
 */
export const visible = (text: string): string =>
  text.replace(unseen, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  )
