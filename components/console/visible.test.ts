import { expect, test } from 'vitest'
import { visible } from './visible.ts'

test('shows what hides in a text, and leaves what people read as it is', () => {
  expect(visible('Pay ana\u202Egro.elpmaxe@\u202C now')).toBe('Pay ana⟨U+202E⟩gro.elpmaxe@⟨U+202C⟩ now')
  expect(visible('a\u200Bb\u0000c\u{E0041}')).toBe('a⟨U+200B⟩b⟨U+0000⟩c⟨U+E0041⟩')
  const plain = 'Grüße, 你好, שלום, 🙂\n\tzweite Zeile'
  expect(visible(plain)).toBe(plain)
})
