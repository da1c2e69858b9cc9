import { afterEach, describe, expect, it } from 'vitest'
import { type Answer, runTool, startWire, type Wire } from '../../e2e/vendors/wire.ts'
import { google } from './index.ts'

let wire: Wire
afterEach(() => wire?.close())

async function run(name: string, input: unknown, answers: Record<string, Answer>) {
  wire = await startWire(answers)
  const output = await runTool(google, wire.url, name, input)
  return { output, received: wire.received }
}

describe('Drive', () => {
  const fileWire = {
    id: 'f1',
    name: "Ana's plan",
    mimeType: 'application/pdf',
    modifiedTime: '2026-01-02T03:04:05.000Z',
    size: '1234',
    webViewLink: 'https://drive.google.com/file/d/f1/view',
  }
  const file = {
    id: 'f1',
    name: "Ana's plan",
    mime_type: 'application/pdf',
    modified_at: '2026-01-02T03:04:05.000Z',
    size_bytes: 1234,
    url: 'https://drive.google.com/file/d/f1/view',
  }

  it('searches with the text quoted, so that it cannot add a condition of its own', async () => {
    const text = String.raw`x\' or name contains 'y`
    const { output, received } = await run(
      'google.search_drive_files',
      { text, in: 'full_text', mime_type: 'application/pdf' },
      { 'GET /drive/v3/files': { body: { files: [fileWire] } } },
    )
    expect(received[0]?.query).toMatchObject({
      q: String.raw`fullText contains 'x\\\' or name contains \'y' and mimeType = 'application/pdf' and trashed = false`,
      pageSize: '25',
      fields: 'nextPageToken,files(id,name,mimeType,modifiedTime,size,webViewLink)',
    })
    expect(output).toEqual({ files: [file], next_cursor: null })
  })

  it('reads one file and takes a document without a size', async () => {
    const { size: _size, ...document } = fileWire
    const { output } = await run(
      'google.get_drive_file',
      { file_id: 'f1' },
      { 'GET /drive/v3/files/f1': { body: document } },
    )
    expect(output).toEqual({ ...file, size_bytes: null })
  })

  it('refuses a file id that would leave its folder', async () => {
    await expect(run('google.get_drive_file', { file_id: '../about' }, {})).rejects.toThrow()
    expect(wire.received).toEqual([])
  })

  it('answers the content of a document as what it is to become, under its name', async () => {
    const text = 'the content'
    const { output, received } = await run(
      'google.download_drive_file',
      { file_id: 'f2', export_as: 'text' },
      {
        'GET /drive/v3/files/f2': { body: { name: 'Plan' } },
        'GET /drive/v3/files/f2/export': {
          raw: text,
          headers: { 'content-type': 'text/plain; charset=utf-8' },
        },
      },
    )
    expect(output).toMatchObject({ name: 'Plan.txt', media_type: 'text/plain', size_bytes: text.length })
    expect(received.map(({ query }) => query)).toEqual([
      { fields: 'name', supportsAllDrives: 'true' },
      { mimeType: 'text/plain' },
    ])
  })
})
