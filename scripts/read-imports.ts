// Reads what a TypeScript or TSX file imports, without a compiler: comments and the insides of strings are blanked
// first, so that the patterns below see code only.

export type Import = {
  specifier: string
  /** What stands between `import` and the specifier. */
  clause: string
  /** 1-based */
  line: number
  /** `import type` and `export type`: gone at run time. */
  typeOnly: boolean
}

export type Source = {
  imports: Import[]
  /** Lines of dynamic imports whose specifier is computed. */
  computed: number[]
  /** Runs in the browser: the file begins with 'use client'. */
  client: boolean
  /** The file with comments, string contents and import statements blanked; same length and lines. */
  code: string
}

const keyword = /(?<![.\w$])(import|export)\b(?!\s*[.:])/g

/** Reads one file. */
export function readSource(text: string): Source {
  const blanked = blank(text)
  const lineOf = (at: number) => text.slice(0, at).split('\n').length
  const imports: Import[] = []
  const computed: number[] = []
  let code = blanked
  for (const match of blanked.matchAll(keyword)) {
    const start = match.index
    const rest = blanked.slice(start)
    const call = match[1] === 'import' && /^import\s*\(\s*/.exec(rest)
    const statement = /^(?:import|export)\b(?:[\s\w$,{}*]*?\bfrom)?\s*(?=['"])/.exec(rest)
    const before = call || statement
    if (!before) continue
    const quoteAt = start + before[0].length
    const quote = blanked[quoteAt] ?? ''
    if (!`'"\``.includes(quote) || quote === '') {
      computed.push(lineOf(start))
      continue
    }
    const end = blanked.indexOf(quote, quoteAt + 1)
    const specifier = text.slice(quoteAt + 1, end)
    if (quote === '`' && specifier.includes('${')) {
      computed.push(lineOf(start))
      continue
    }
    const typeOnly = !call && isTypeOnly(before[0])
    imports.push({ specifier, clause: before[0], line: lineOf(start), typeOnly })
    if (!call) code = code.slice(0, start) + hide(code.slice(start, end)) + code.slice(end)
  }
  return {
    imports,
    computed,
    client: /^\s*(['"])\s+\1/.test(code) && /^\s*['"]use client['"]/m.test(text),
    code,
  }
}

/** `import type …`, or braces in which every name says `type`. */
function isTypeOnly(clause: string): boolean {
  if (/^(import|export)\s+type\b(?!\s*(,|from))/.test(clause)) return true
  const names = /^(?:import|export)\s*\{([^}]*)\}/.exec(clause)?.[1] ?? ''
  return /\w/.test(names) && names.split(',').every((name) => /^\s*(type\b.*)?$/s.test(name))
}

const hide = (text: string): string => text.replace(/[^\n]/g, ' ')

/** Blanks comments and the contents of strings, templates (not their `${}`) and regular expressions. */
function blank(text: string): string {
  const out = [...text.split('')]
  const clear = (from: number, to: number) => {
    for (let i = from; i < to; i++) if (out[i] !== '\n') out[i] = ' '
  }
  /** Depths of braces at which a `${` was opened. */
  const templates: number[] = []
  let depth = 0
  let significant = ''
  let at = 0
  while (at < text.length) {
    const two = text.slice(at, at + 2)
    const one = text[at]!
    if (two === '//' || two === '/*') {
      const end = endOf(text, two === '//' ? '\n' : '*/', at + 2)
      clear(at, end)
      at = end
      continue
    }
    if (one === "'" || one === '"') {
      const end = endOfQuoted(text, at)
      clear(at + 1, end)
      at = end + 1
    } else if (one === '`' || (one === '}' && templates.at(-1) === depth)) {
      if (one === '}') templates.pop()
      const end = endOfTemplatePart(text, at + 1)
      clear(at + 1, end)
      if (text[end] === '$') {
        templates.push(depth)
        at = end + 2
      } else at = end + 1
      significant = '`'
      continue
    } else if (one === '/' && /[(,=:[!&|?{};+]/.test(significant)) {
      const end = endOfRegex(text, at)
      if (end > at) clear(at + 1, end)
      at = Math.max(at, end) + 1
    } else {
      if (one === '{') depth++
      if (one === '}') depth--
      at++
    }
    if (!/\s/.test(one)) significant = one
  }
  return out.join('')
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at < 0 ? text.length : mark === '\n' ? at : at + mark.length
}

/** A string ends on its line; an apostrophe in the text of a page opens one that does not matter beyond it. */
function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === text[start] || text[at] === '\n') return at
  }
  return text.length
}

function endOfTemplatePart(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '`' || text.startsWith('${', at)) return at
  }
  return text.length
}

function endOfRegex(text: string, start: number): number {
  let inClass = false
  for (let at = start + 1; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '/' && !inClass) return at
  }
  return start
}
