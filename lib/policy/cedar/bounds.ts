import type { Problem } from '../schema.ts'
import { placeOf } from './source.ts'

// Cedar reads, types and evaluates by recursion, on the one mebibyte of stack that its module is built with. What runs
// over that stack overwrites its memory: every later decision of the process fails, whichever org asks. So what is too
// deep never reaches it. Cedar 4.13 stands 100 brackets in each other and 300 operators in a row; 300 and 1000 end it.

/** How deep a policy may be: an operator in a row counts one, a pair of brackets counts three. */
export const depthMax = 200

/** Policies of a set. Each is typed against every tool when the set is checked, and looked at with every call. */
export const policiesMax = 200

/**
 * What one pair of brackets holds: how deep it stands itself, the operators and the deepest brackets of the operand that
 * is being read, the deepest operand of its row, the row's length, and the deepest row.
 */
type Level = {
  above: number
  operators: number
  inner: number
  operand: number
  connectors: number
  item: number
}

const level = (above: number): Level => ({
  above,
  operators: 0,
  inner: 0,
  operand: 0,
  connectors: 0,
  item: 0,
})

const endOperand = (at: Level): void => {
  at.operand = Math.max(at.operand, at.operators + at.inner)
  at.operators = at.inner = 0
}

const endItem = (at: Level): void => {
  endOperand(at)
  at.item = Math.max(at.item, at.connectors + at.operand)
  at.operand = at.connectors = 0
}

/** As Cedar's own lexer tells them apart: comments, texts, words, and signs. */
const token = /\/\/[^\n\r]*|"(?:\\.|[^"\\])*"|[A-Za-z_]\w*|&&|\|\||[=!<>]=|::|[^\s\w]/g

const connecting: ReadonlySet<string> = new Set(['&&', '||', 'if'])
const separating: ReadonlySet<string> = new Set([',', ';', 'when', 'unless'])
const words: ReadonlySet<string> = new Set(['has', 'like', 'in', 'is'])
/** Two colons only lengthen a name, and one stands within a record. */
const plain: ReadonlySet<string> = new Set(['::', ':', '@', '?', '"'])

/** @returns where a source gets deeper than is read, in letters from its beginning; `null` where it does not */
function tooDeepAt(source: string): number | null {
  const levels = [level(0)]
  for (const { 0: text, index } of source.matchAll(token)) {
    const at = levels.at(-1)
    if (!at || text.startsWith('//') || (text.startsWith('"') && text.length > 1)) continue
    if ('([{'.includes(text)) levels.push(level(at.above + at.connectors + at.operators + 3))
    else if (')]}'.includes(text)) {
      const outer = levels.at(-2)
      if (!outer) continue
      endItem(at)
      levels.pop()
      outer.inner = Math.max(outer.inner, at.item + 3)
      // What brackets follow, such as a call or an index, is one step further.
      outer.operators++
    } else if (separating.has(text)) endItem(at)
    else if (connecting.has(text)) {
      at.connectors++
      endOperand(at)
    } else if (text === 'then' || text === 'else') endOperand(at)
    else if (words.has(text) || (!/\w/.test(text) && !plain.has(text))) at.operators++
    const now = levels.at(-1)
    if (!now) continue
    const here = now.connectors + Math.max(now.operand, now.operators + now.inner)
    if (now.above + here > depthMax) return index
  }
  return null
}

/** What is too deep, or too much, to be given to Cedar; `null` for what may be. */
export function beyondBounds(source: string): Problem | null {
  const index = tooDeepAt(source)
  if (index === null) return null
  return {
    severity: 'error',
    ...placeOf(source, Buffer.byteLength(source.slice(0, index))),
    message: 'this is nested too deeply, or too long a row of operators',
    fix: 'write several policies, or a set: ["a", "b"].contains(context.risk)',
  }
}

export const tooMany = (count: number): Problem => ({
  severity: 'error',
  line: null,
  column: null,
  message: `there are ${count} policies, and a set may have ${policiesMax}`,
  fix: 'say what they have in common once: action in Action::"connector:github", ["a", "b"].contains(…)',
})
