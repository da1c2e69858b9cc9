import { describe, expect, it } from 'vitest'
import { currentTrace, formatTraceparent, parseTraceparent, withTrace } from './trace.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const caller = 'b7ad6b7169203331'

describe('parseTraceparent', () => {
  it('continues a valid trace under a span of its own', () => {
    const trace = parseTraceparent(`00-${traceId}-${caller}-01`)
    expect(trace).toMatchObject({ traceId, parentSpanId: caller, sampled: true })
    expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/)
    expect(trace.spanId).not.toBe(caller)
    expect(formatTraceparent(trace)).toBe(`00-${traceId}-${trace.spanId}-01`)
  })

  it('keeps the decision of a caller that does not sample', () => {
    const trace = parseTraceparent(`00-${traceId}-${caller}-00`)
    expect(formatTraceparent(trace)).toBe(`00-${traceId}-${trace.spanId}-00`)
  })

  it('reads a later version by the fields of version 00', () => {
    expect(parseTraceparent(`cc-${traceId}-${caller}-01-what-the-future-adds`).traceId).toBe(traceId)
  })

  const invalid = [
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
    ['version ff', `ff-${traceId}-${caller}-01`],
    ['an all-zero trace id', `00-${'0'.repeat(32)}-${caller}-01`],
    ['an all-zero span id', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${traceId.toUpperCase()}-${caller}-01`],
    ['a short trace id', `00-${traceId.slice(1)}-${caller}-01`],
    ['version 00 with more', `00-${traceId}-${caller}-01-more`],
    ['a later version with no separator', `cc-${traceId}-${caller}-01x`],
    ['no flags', `00-${traceId}-${caller}`],
    ['a line break', `00-${traceId}-${caller}-01\r\nx: y`],
  ] as const
  for (const [name, header] of invalid) {
    it(`begins a new trace for ${name}`, () => {
      const trace = parseTraceparent(header)
      expect(trace.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/)
      expect(trace.traceId).not.toBe(traceId)
      expect(trace).not.toHaveProperty('parentSpanId')
    })
  }
})

describe('withTrace', () => {
  it('makes a trace where there is none and extends the one there is', () => {
    expect(currentTrace()).toBeUndefined()
    withTrace({ orgId: 'org_1' }, () => {
      const outer = currentTrace()
      expect(outer?.traceId).toMatch(/^[0-9a-f]{32}$/)
      withTrace({ userId: 'usr_1' }, () => {
        expect(currentTrace()).toEqual({ ...outer, userId: 'usr_1' })
      })
      expect(currentTrace()).toEqual(outer)
    })
    expect(currentTrace()).toBeUndefined()
  })
})
