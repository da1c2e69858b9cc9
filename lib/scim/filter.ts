import { ScimError } from './error.ts'

export type Operator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le' | 'pr'
export type Value = string | number | boolean | null

/** RFC 7644 §3.4.2.2. Attribute names are in lower case and without the URN of their schema. */
export type Filter =
  | { kind: 'and' | 'or'; of: readonly Filter[] }
  | { kind: 'not'; of: Filter }
  | { kind: 'compare'; attribute: string; operator: Operator; value: Value }
  /** A value path, `emails[type eq "work"]`, perhaps with a comparison of what it found. */
  | { kind: 'within'; attribute: string; filter: Filter }

const lengthMax = 2_000
const depthMax = 20
const operators: readonly string[] = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr']

const invalid = (what: string) => new ScimError(400, 'invalidFilter', `The filter is not valid: ${what}.`)

/** What a schema's own attributes may be prefixed with (RFC 7644 §3.10). */
const ownSchema = /^urn:ietf:params:scim:schemas:core:2\.0:(?:user|group):/

export const plainName = (name: string): string => name.toLowerCase().replace(ownSchema, '')

type Token = { text: string; value?: Value }

/** Words, brackets and JSON values. @throws ScimError `invalidFilter` */
function tokensOf(text: string): Token[] {
  if (text.length > lengthMax) throw invalid(`it is longer than ${lengthMax} characters`)
  const tokens: Token[] = []
  const pattern =
    /\s+|([()[\]])|("(?:[^"\\]|\\.)*")|([A-Za-z$][\w$:.-]*)|(-?\d+(?:\.\d+)?)|(\.[A-Za-z$][\w$-]*)/gy
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (!match) throw invalid(`character ${at + 1} was not expected`)
    const [whole, bracket, quoted, word, number, sub] = match
    if (quoted !== undefined) tokens.push({ text: quoted, value: textOf(quoted) })
    else if (number !== undefined) tokens.push({ text: number, value: Number(number) })
    else if (bracket ?? word ?? sub) tokens.push({ text: whole })
  }
  return tokens
}

function textOf(quoted: string): string {
  let value: unknown
  try {
    value = JSON.parse(quoted)
  } catch {
    throw invalid(`${quoted} is no JSON string`)
  }
  if (typeof value !== 'string' || value.includes('\0') || !value.isWellFormed())
    throw invalid('a text of it could not be stored')
  return value
}

const constants = new Map<string, Value>([
  ['true', true],
  ['false', false],
  ['null', null],
])

/**
 * Reads a filter by RFC 7644's grammar: `not` binds before `and`, `and` before `or`; names and operators in any case.
 * @throws ScimError `invalidFilter`
 */
export function parseFilter(text: string): Filter {
  const tokens = tokensOf(text)
  let at = 0
  const peek = () => tokens[at]?.text.toLowerCase()
  const take = (wanted: string): boolean => {
    if (peek() !== wanted) return false
    at++
    return true
  }
  const must = (wanted: string) => {
    if (!take(wanted)) throw invalid(`"${wanted}" is missing`)
  }

  const list = (kind: 'and' | 'or', next: (depth: number) => Filter, depth: number): Filter => {
    const of = [next(depth)]
    while (take(kind)) of.push(next(depth))
    return of.length === 1 && of[0] ? of[0] : { kind, of }
  }
  const anyOf = (depth: number): Filter => list('or', allOf, depth)
  const allOf = (depth: number): Filter => list('and', term, depth)

  function term(depth: number): Filter {
    if (depth > depthMax) throw invalid('it is nested too deeply')
    if (take('not')) {
      must('(')
      const of = anyOf(depth + 1)
      must(')')
      return { kind: 'not', of }
    }
    if (take('(')) {
      const inner = anyOf(depth + 1)
      must(')')
      return inner
    }
    const name = tokens[at]
    if (!name || name.value !== undefined || !/^[a-z$]/i.test(name.text))
      throw invalid('an attribute is missing')
    at++
    const attribute = plainName(name.text)
    if (take('[')) {
      const filter = anyOf(depth + 1)
      must(']')
      const sub = tokens[at]
      if (!sub?.text.startsWith('.')) return { kind: 'within', attribute, filter }
      at++
      const compared = comparison(sub.text.slice(1).toLowerCase())
      return { kind: 'within', attribute, filter: { kind: 'and', of: [filter, compared] } }
    }
    return comparison(attribute)
  }

  function comparison(attribute: string): Filter {
    const operator = peek()
    if (operator === undefined || !operators.includes(operator)) throw invalid(`${attribute} is not compared`)
    at++
    if (operator === 'pr') return { kind: 'compare', attribute, operator, value: null }
    const token = tokens[at]
    const value = token?.value ?? constants.get(token?.text.toLowerCase() ?? '')
    if (value === undefined) throw invalid(`${attribute} is compared with nothing`)
    at++
    return { kind: 'compare', attribute, operator: operator as Operator, value }
  }

  const filter = anyOf(0)
  if (at < tokens.length) throw invalid(`"${tokens[at]?.text}" was not expected`)
  return filter
}

/** Whether one value of a multi-valued attribute is what a filter within brackets means. */
export function matches(filter: Filter, item: Readonly<Record<string, unknown>>): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.of.every((one) => matches(one, item))
    case 'or':
      return filter.of.some((one) => matches(one, item))
    case 'not':
      return !matches(filter.of, item)
    case 'within':
      throw invalid('a filter in brackets holds another')
    case 'compare':
      return compares(item[filter.attribute], filter.operator, filter.value)
  }
}

function compares(found: unknown, operator: Operator, value: Value): boolean {
  if (operator === 'pr') return found !== undefined && found !== null && found !== ''
  const [left, right] = [lowered(found), lowered(value)]
  if (operator === 'eq') return left === right
  if (operator === 'ne') return left !== right
  if (typeof left !== 'string' || typeof right !== 'string') return false
  if (operator === 'co') return left.includes(right)
  if (operator === 'sw') return left.startsWith(right)
  if (operator === 'ew') return left.endsWith(right)
  throw invalid(`${operator} is not compared here`)
}

/** Entra sends booleans as words. */
const lowered = (value: unknown): unknown => {
  if (typeof value !== 'string') return value ?? null
  const small = value.toLowerCase()
  return small === 'true' ? true : small === 'false' ? false : small
}
