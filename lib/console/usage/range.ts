/** A span of time that usage is told for: whole hours of UTC, told in steps. */
export type UsageRange = {
  since: Date
  /** The first moment that is not part of it any more. */
  until: Date
  stepMs: number
}

const hourMs = 3_600_000
export const dayMs = 24 * hourMs

/** Times that people look back, in hours, with the length of a step: the present step is always part of it. */
export const usageRanges = {
  '24h': { words: 'Last 24 hours', ms: dayMs, stepMs: hourMs },
  '7d': { words: 'Last 7 days', ms: 7 * dayMs, stepMs: 6 * hourMs },
  '30d': { words: 'Last 30 days', ms: 30 * dayMs, stepMs: dayMs },
} as const
export type UsageRangeName = keyof typeof usageRanges

/** A longer span is not told: it would not be a look any more. */
export const usageDaysMost = 92

const floor = (ms: number, step: number) => Math.floor(ms / step) * step
const ceil = (ms: number, step: number) => Math.ceil(ms / step) * step

/** The last hours or days, the one that is not over yet among them. */
export function recentRange(name: UsageRangeName, now: Date): UsageRange {
  const { ms, stepMs } = usageRanges[name]
  const until = floor(now.getTime(), stepMs) + stepMs
  return { since: new Date(until - ms), until: new Date(until), stepMs }
}

const stepFor = (ms: number): number => (ms <= 2 * dayMs ? hourMs : ms <= 8 * dayMs ? 6 * hourMs : dayMs)

/**
 * A span that somebody chose, widened to whole steps.
 * @returns why it cannot be told, where it cannot
 */
export function chosenRange(since: Date, until: Date): UsageRange | string {
  if (Number.isNaN(since.getTime()) || Number.isNaN(until.getTime())) return 'Give both ends as dates.'
  const ms = until.getTime() - since.getTime()
  if (ms <= 0) return 'The time ends before it begins.'
  if (ms > usageDaysMost * dayMs) return `At most ${usageDaysMost} days can be looked at together.`
  const stepMs = stepFor(ms)
  return {
    since: new Date(floor(since.getTime(), stepMs)),
    until: new Date(ceil(until.getTime(), stepMs)),
    stepMs,
  }
}

/** The beginnings of the steps. */
export const stepsOf = ({ since, until, stepMs }: UsageRange): Date[] =>
  Array.from({ length: Math.ceil((until.getTime() - since.getTime()) / stepMs) }, (_, at) => {
    return new Date(since.getTime() + at * stepMs)
  })
