import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { root } from '../../../scripts/install.mjs'
import {
  homographs,
  honestNames,
  hostileSvgs,
  payloads,
  pngOf,
  polyglot,
} from '../../../scripts/testing/hostile-theme.ts'
import { fontFrom } from './font.ts'
import { imageFrom } from './image.ts'
import { nameFault } from './names.ts'
import { colourTokens } from './palette.ts'
import { overridableTexts, textFault } from './texts.ts'
import { theme, themeLook } from './theme.ts'

const refusal = { code: 'invalid_request' }

describe('a theme', () => {
  it('refuses every payload in every field that is not words', () => {
    const taken: string[] = []
    const tryOut = (where: string, document: object) => {
      if (theme.safeParse(document).success) taken.push(`${where}: ${JSON.stringify(document)}`)
    }
    for (const text of payloads) {
      for (const token of colourTokens) {
        tryOut(token, { light: { [token]: text } })
        tryOut(token, { dark: { [token]: text } })
      }
      for (const token of Object.keys(themeLook.shape)) tryOut(token, { look: { [token]: text } })
      for (const field of ['support_url', 'privacy_url', 'terms_url', 'contrast', 'hide_badge'])
        tryOut(field, { [field]: text })
      tryOut('unknown field', { [text]: text })
      tryOut('unknown colour', { light: { [text]: '#ffffff' } })
      tryOut('unknown look', { look: { [text]: 1 } })
      // A key that would reach an object's own workings is dropped before it is one.
      if (text === '__proto__') continue
      tryOut('unknown language', { texts: { [text]: {} } })
      tryOut('unknown text', { texts: { en: { [text]: 'x' } } })
    }
    const kept = theme.parse(JSON.parse('{"texts":{"__proto__":{"a.b":"x"},"en":{"__proto__":"x"}}}'))
    expect(JSON.stringify(kept)).toBe('{"texts":{"en":{}}}')
    expect(taken).toEqual([])
    for (const field of ['css', 'html', 'custom_css', 'head', 'tenant_id', 'role', 'org_id'])
      expect(theme.safeParse({ [field]: 'x' }).success).toBe(false)
  })

  it('takes plain https addresses alone', () => {
    const addresses = [
      ...['http://acme.test', '//acme.test', 'https://user:pw@acme.test', 'https://acme.test/"onload="x'],
      ...['https://acme.test/<script>', 'ftp://acme.test', 'https:acme.test\\@evil', 'https://аcme.test'],
    ]
    const taken = addresses.filter((url) => theme.safeParse({ privacy_url: url }).success)
    expect(taken).toEqual([])
    expect(theme.safeParse({ privacy_url: 'https://acme.test/privacy?a=b#c' }).success).toBe(true)
  })

  it('refuses names that read as another, and takes names of every script', () => {
    expect(homographs.filter((name) => nameFault(name) === null)).toEqual([])
    expect(honestNames.map((name) => [name, nameFault(name)])).toEqual(
      honestNames.map((name) => [name, null]),
    )
  })
})

describe('a text', () => {
  const says = (key: string, text: string) => textFault('en', key, text)

  it('may be changed when it is on the list, and nothing that protects is on it', () => {
    expect(overridableTexts.length).toBeGreaterThan(10)
    for (const key of overridableTexts) expect(says(key, '{nobody}'), key).toMatch(/lacks|names/)
    const kept = ['frame.kept_by', 'states.user_mismatch_body', 'consent.approve', 'consent.decline']
    for (const key of [
      ...kept,
      'risk.admin',
      'receipt.link',
      '__proto__.x',
      'catalogue.admin',
      'nothing.here',
    ])
      expect(says(key, 'words'), key).toBe('is not a text that may be changed')
    expect(overridableTexts.filter((key) => /^(consent|receipt|confirm|forms|frame)\./.test(key))).toEqual([])
  })

  it('names the same arguments in the same way', () => {
    expect(says('catalogue.intro', 'Pick what {organization} may use.')).toBeNull()
    expect(says('catalogue.intro', 'Pick.')).toBe('lacks {organization}')
    expect(says('catalogue.intro', '{organization} and {secret}')).toMatch(/names \{secret\}/)
    expect(says('catalogue.intro', '{organization, number}')).toMatch(/lacks/)
    expect(says('catalogue.intro', '{organization')).toMatch(/no ICU message/)
    expect(says('catalogue.intro', '<b>{organization}</b>')).toMatch(/names \{b\}/)
    expect(says('catalogue.title', 'Link\u202e your accounts')).toMatch(/not seen/)
    expect(says('catalogue.title', '  ')).toMatch(/empty/)
  })

  it('that holds a payload is words and no more, or refused', () => {
    for (const payload of payloads) {
      const fault = says('catalogue.title', payload)
      // What ICU takes for text, React writes as text: e2e/branding.spec.ts looks at the page.
      if (/[{}<]/.test(payload) && fault === null) expect(payload).not.toMatch(/<\/?[a-z]/i)
    }
  })
})

describe('an image', () => {
  it('that would run, load or never end is refused', async () => {
    for (const [what, svg] of Object.entries(hostileSvgs))
      await expect(imageFrom(Buffer.from(svg), 'logo'), what).rejects.toMatchObject(refusal)
  })

  it('is drawn anew, so that nothing rides along', async () => {
    const made = await imageFrom(polyglot(), 'favicon')
    expect(made.bytes.includes('script')).toBe(false)
    expect(made.contentType).toBe('image/png')
    const withComment = await sharp({ create: { width: 50, height: 20, channels: 3, background: '#f00' } })
      .withMetadata({ exif: { IFD0: { Copyright: '<script>canary</script>' } } })
      .jpeg()
      .toBuffer()
    expect(withComment.includes('canary')).toBe(true)
    const logo = await imageFrom(withComment, 'logo')
    expect(logo).toMatchObject({ contentType: 'image/webp', width: 50, height: 20 })
    expect(logo.bytes.includes('canary')).toBe(false)
    expect((await sharp(logo.bytes).metadata()).format).toBe('webp')
  })

  it('of an SVG becomes pixels as large as it is shown', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" width="40" height="20"><rect width="40" height="20" fill="#0a0"/></svg>'
    expect(await imageFrom(Buffer.from(svg), 'logo')).toMatchObject({ width: 512, height: 256 })
    const drawn = `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">${svg}`
    expect((await imageFrom(Buffer.from(drawn), 'favicon')).width).toBe(192)
  })

  it('that is larger unpacked than any logo is refused before it is unpacked', async () => {
    const bomb = pngOf(20_000)
    expect(bomb.length).toBeLessThan(100_000)
    const began = performance.now()
    await expect(imageFrom(bomb, 'logo')).rejects.toMatchObject(refusal)
    expect(performance.now() - began).toBeLessThan(2_000)
    const vast =
      '<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"><rect width="9" height="9"/></svg>'
    await expect(imageFrom(Buffer.from(vast), 'logo')).rejects.toMatchObject(refusal)
  })

  it('that is none is refused, whatever it is called', async () => {
    const png = pngOf(16)
    for (const bytes of [
      Buffer.from('<html><body>no</body></html>'),
      Buffer.from('GIF89a/*<svg onload=alert(1)>*/'),
      Buffer.from('%PDF-1.7'),
      Buffer.from('II*\0'),
      png.subarray(0, png.length / 2),
      Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBP'), png]),
      Buffer.from('push graphic-context\nviewbox 0 0 1 1\nfill "url(https://attacker.invalid)"'),
    ])
      await expect(imageFrom(bytes, 'logo')).rejects.toMatchObject(refusal)
  })
})

describe('a font', () => {
  const woff2 = () =>
    readFileSync(join(root, 'node_modules/next/dist/next-devtools/server/font/geist-latin.woff2'))

  it('that is one is taken as it is', () => {
    const bytes = woff2()
    const made = fontFrom(bytes)
    expect(made).toMatchObject({ contentType: 'font/woff2', family: 'Geist' })
    expect(made.bytes.equals(bytes)).toBe(true)
  })

  it('with junk inside, behind or instead is refused', () => {
    const bytes = woff2()
    const changed = (at: number, value: number) => {
      const copy = Buffer.from(bytes)
      copy.writeUInt8(value, at)
      return copy
    }
    const inside = Buffer.from(bytes)
    inside.fill(0x41, 400, 1200)
    for (const [what, font] of Object.entries({
      behind: Buffer.concat([bytes, Buffer.from('<script>alert(1)</script>')]),
      cut: bytes.subarray(0, 600),
      inside,
      'another magic': changed(0, 0x50),
      'no tables': changed(13, 0),
      'a header alone': Buffer.from('wOF2'),
      'a page': Buffer.from('OTTO<html><script>alert(1)</script>'),
      'a picture': pngOf(16),
      collection: Buffer.from('ttcf\0\x02\0\0\0\0\0\x01'),
      empty: Buffer.from('\0\x01\0\0\0\0\0\0\0\0\0\0', 'latin1'),
    }))
      expect(() => fontFrom(font), what).toThrow(expect.objectContaining(refusal))
  })
})
