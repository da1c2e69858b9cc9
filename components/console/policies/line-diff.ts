export type DiffLine = { kind: 'same' | 'gone' | 'new'; text: string }

/** Above this many comparisons two texts are told as one that went and one that came: nobody reads such a diff. */
const cellsMost = 4_000_000

/** What changed from one text to another, line by line: a longest common subsequence. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')]
  const of = (kind: DiffLine['kind'], lines: readonly string[]) => lines.map((text) => ({ kind, text }))
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end++
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  const middle =
    left.length * right.length > cellsMost
      ? [...of('gone', left), ...of('new', right)]
      : subsequence(left, right)
  return [...of('same', a.slice(0, start)), ...middle, ...of('same', a.slice(a.length - end))]
}

function subsequence(a: readonly string[], b: readonly string[]): DiffLine[] {
  const width = b.length + 1
  // Lengths of the longest common subsequence of what is left of both, from each place on.
  const lengths = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '' })
      i++
      j++
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push({ kind: 'gone', text: a[i++] ?? '' })
    else lines.push({ kind: 'new', text: b[j++] ?? '' })
  }
  return lines
}
