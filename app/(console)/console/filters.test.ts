import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hrefOf, readFilter, utc } from './filters.ts'

const schema = z.object({
  status: z.enum(['active', 'revoked']).optional(),
  since: z.iso.datetime().optional(),
})
const shape = /^\d+$/
const read = (params: Record<string, string | string[]>) =>
  readFilter(Promise.resolve(params), schema, shape, (_, v) => utc(v))
const cursor = Buffer.from('42').toString('base64url')

describe('readFilter', () => {
  it('takes empty form fields as no filter', async () => {
    expect(await read({ status: '', since: ' ' })).toEqual({
      given: {},
      filter: {},
      before: null,
      fault: null,
    })
  })

  it('keeps filter and cursor apart', async () => {
    expect(await read({ status: 'active', cursor })).toMatchObject({
      filter: { status: 'active' },
      before: '42',
      fault: null,
    })
  })

  it('says what does not fit and still shows what was typed', async () => {
    const asked = await read({ status: 'gone' })
    expect(asked.fault).toMatch(/status/)
    expect(asked.given).toEqual({ status: 'gone' })
    expect(asked.filter).toEqual({})
  })

  it('refuses a cursor that no list gave out', async () => {
    expect((await read({ cursor: 'bm9uc2Vuc2U' })).fault).toMatch(/cursor/)
  })

  it('reads the time of a form control as UTC', async () => {
    expect((await read({ since: '2026-11-21T04:14' })).filter).toEqual({ since: '2026-11-21T04:14:00Z' })
    expect(utc('2026-11-21T04:14:05+02:00')).toBe('2026-11-21T04:14:05+02:00')
  })
})

describe('hrefOf', () => {
  it('carries the filter to the next page', () => {
    expect(hrefOf('/console/acme/audit', { user_id: 'a@b', status: 'active' }, 'NDI')).toBe(
      '/console/acme/audit?user_id=a%40b&status=active&cursor=NDI',
    )
    expect(hrefOf('/console/acme/audit', {}, null)).toBe('/console/acme/audit')
  })
})
