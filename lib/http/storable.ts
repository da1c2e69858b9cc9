import { AppError } from '#lib/errors'

/** Levels of nesting that a body may have: whatever walks it, here and in the database, stays far from its own bound. */
const depthMax = 64

const refusal = (path: string, what: string): AppError =>
  new AppError('invalid_request', {
    detail: `${path} ${what}.`,
    param: path,
    errors: [{ path, message: what }],
  })

/** What no text of the database may be. @returns `null` for one that may be stored */
const unfit = (text: string): string | null =>
  text.includes('\0')
    ? 'holds a NUL character, which no text may'
    : text.isWellFormed()
      ? null
      : 'holds half a character, a surrogate without the other'

/** @throws AppError `invalid_request` for a text that could not be stored */
export function assertStorableText(path: string, text: string): void {
  const what = unfit(text)
  if (what !== null) throw refusal(path, what)
}

/**
 * Refuses at the door what could not be stored, or not be walked: PostgreSQL's text has no NUL, its JSON and canonical JSON
 * (RFC 8785 §3.2.2.2) no lone surrogate.
 * @param text what `body` was read from
 * @throws AppError `invalid_request`
 */
export function assertStorable(body: unknown, text: string): void {
  if (text.length > 2 * depthMax) assertShallow(body, depthMax)
  // UTF-8 that was decoded strictly has neither: both have to be written as escapes.
  if (!/\\u(?:0000|d[89a-f])/i.test(text)) return
  JSON.parse(text, (name, value: unknown) => {
    assertStorableText(name || '(body)', name)
    if (typeof value === 'string') assertStorableText(name || '(body)', value)
    return value
  })
}

function assertShallow(value: unknown, left: number): void {
  if (typeof value !== 'object' || value === null) return
  if (left === 0) throw refusal('(body)', `is nested more than ${depthMax} levels deep`)
  for (const inner of Object.values(value)) assertShallow(inner, left - 1)
}
