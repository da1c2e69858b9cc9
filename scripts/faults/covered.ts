// Faults that other tests already drive: named only as long as the test that is claimed exists.
import { readFileSync } from 'node:fs'
import { program } from '../children.ts'
import type { Line } from './table.ts'

const elsewhere: readonly { fault: string; injected: string; file: string; title: string }[] = []

export async function covered(): Promise<Line[]> {
  return elsewhere.map(({ fault, injected, file, title }) => {
    const there = readOrNothing(program(file)).includes(title)
    return {
      fault,
      injected,
      observed: there ? `covered by ${file}` : `${file} has no test "${title}"`,
      verdict: there ? 'covered' : 'BAD',
    }
  })
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
