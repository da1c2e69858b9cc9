/** A straight line through days: what a day had is about `level + slope · day`, the first day being 0. */
export type Line = { level: number; slope: number }

/** Fewer whole days than this say nothing about a trend: then days are taken to go on as they were on average. */
export const trendDaysLeast = 7
/** A month is told as thirty days. */
export const monthDays = 30

/** The straight line with the least squares through these, one value a day. */
export function lineThrough(values: readonly number[]): Line {
  const n = values.length
  if (n === 0) return { level: 0, slope: 0 }
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const middle = (n - 1) / 2
  let [above, below] = [0, 0]
  for (const [day, value] of values.entries()) {
    above += (day - middle) * (value - mean)
    below += (day - middle) ** 2
  }
  const slope = below === 0 ? 0 : above / below
  return { level: mean - slope * middle, slope }
}

/** What a line says of a day; never less than nothing. */
export const onLine = ({ level, slope }: Line, day: number): number => Math.max(0, level + slope * day)

export type Outlook = {
  /** Whole days that this rests on. */
  days: number
  used: number
  line: Line
  /** Whether there were days enough for a trend; without one the line is level. */
  trend: boolean
  /** Of the thirty days after. */
  next: number
}

/** Thirty days on from what was used by the day. */
export function outlookOf(perDay: readonly number[]): Outlook {
  const days = perDay.length
  const used = perDay.reduce((sum, value) => sum + value, 0)
  const trend = days >= trendDaysLeast
  const line = trend ? lineThrough(perDay) : { level: days === 0 ? 0 : used / days, slope: 0 }
  let next = 0
  for (let day = days; day < days + monthDays; day++) next += Math.round(onLine(line, day))
  return { days, used, line, trend, next }
}

export type Prices = { call: number; event: number; account: number; seat: number }

export type CostLine = { of: keyof Prices; units: number; price: number; cost: number }

/** What the next thirty days cost. @param units of each, as many as there will be */
export const priced = (
  units: Readonly<Record<keyof Prices, number>>,
  prices: Prices,
): { lines: CostLine[]; total: number } => {
  const lines = (['call', 'event', 'account', 'seat'] as const).map((of) => ({
    of,
    units: units[of],
    price: prices[of],
    cost: units[of] * prices[of],
  }))
  return { lines, total: lines.reduce((sum, { cost }) => sum + cost, 0) }
}
