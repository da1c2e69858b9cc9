// Makes public/embed.js of sdk/embed: one small classic script. The result is committed, and embed.test.ts compares.
//   node scripts/build-embed.ts
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { root } from './install.mjs'

const banner = '/*! Behalf embed loader, made of sdk/embed. Apache-2.0 */'

export async function buildEmbed(): Promise<string> {
  const bundle = await rolldown({
    input: join(root, 'sdk/embed/global.ts'),
    platform: 'browser',
    logLevel: 'silent',
  })
  const { output } = await bundle.generate({ format: 'iife', minify: true })
  await bundle.close()
  return `${banner}\n${output[0].code.trim()}\n`
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(root, 'public/embed.js'), await buildEmbed())
