import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ClientSetup, clientSetups } from './schema.ts'

const url = 'https://behalf.example.com/mcp'
const setups = clientSetups(url)
const page = readFileSync(new URL('../../docs/mcp.md', import.meta.url), 'utf8')

const asMarkdown = ({ name, where, language, text }: ClientSetup): string =>
  `**${name}**: ${where}\n\`\`\`${language}\n${text}\n\`\`\`\n`

describe('how MCP clients are set up', () => {
  test('docs/mcp.md says the same as the console, client for client, and of no other', () => {
    const section = page.slice(page.indexOf('## Add it to a client'), page.indexOf('## Which client'))
    const listed = section.slice(section.indexOf('**Claude Code**'))
    expect(listed.trim()).toBe(setups.map(asMarkdown).join('\n').trim())
  })

  test('each names the endpoint, and settings in JSON can be read', () => {
    for (const { id, text, language } of clientSetups('http://localhost:3000/mcp/toolsets/ts_1')) {
      expect(text, id).toContain('http://localhost:3000/mcp/toolsets/ts_1')
      expect(text, id).not.toContain('example.com')
      if (language === 'json') expect(() => JSON.parse(text), id).not.toThrow()
    }
  })
})
