import type { CallFacts } from '#lib/proof'

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

// Making a formatter costs far more than using one; there are as many zones as IANA names.
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formatters.set(timezone, made)
  return made
}

type Wall = { date: string; weekday: number; hour: number; minute: number; utcMs: number }

/** What clocks show there; `utcMs` is that reading taken for UTC. */
function wallOf(moment: Date, timezone: string): Wall {
  const parts = Object.fromEntries(
    formatterOf(timezone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, value]),
  )
  const date = `${(parts.year ?? '').padStart(4, '0')}-${parts.month}-${parts.day}`
  return {
    date,
    weekday: weekdays.indexOf(parts.weekday ?? '') + 1,
    hour: Number(parts.hour),
    minute: Number(parts.minute),
    utcMs: Date.parse(`${date}T${parts.hour}:${parts.minute}:${parts.second}Z`),
  }
}

/** The moment at which clocks there show a reading; where they skip it, the moment that they jump. */
function momentOf(utcMs: number, timezone: string): number {
  const offsetAt = (ms: number) => wallOf(new Date(ms), timezone).utcMs - Math.floor(ms / 1000) * 1000
  const guess = utcMs - offsetAt(utcMs)
  return utcMs - offsetAt(guess)
}

// Many calls fall into one minute, and what clocks show changes with the minute.
const lately = new Map<string, { minute: number; local: CallFacts['local'] }>()

/**
 * A moment as an org's clocks show it.
 * @param timezone an IANA name
 * @throws RangeError for a name that this Node does not know
 */
export function localTime(moment: Date, timezone: string): CallFacts['local'] {
  const minute = Math.floor(moment.getTime() / 60_000)
  const known = lately.get(timezone)
  if (known?.minute === minute) return known.local
  const local = readClocks(moment, timezone)
  lately.set(timezone, { minute, local })
  return local
}

function readClocks(moment: Date, timezone: string): CallFacts['local'] {
  const { date, weekday, hour, minute } = wallOf(moment, timezone)
  const monday = Date.parse(`${date}T00:00:00Z`) - (weekday - 1) * 86_400_000
  return { date, weekday, hour, minute, week_start: new Date(momentOf(monday, timezone)).toISOString() }
}
