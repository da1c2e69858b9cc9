import { createHmac } from 'node:crypto'
import { AppError } from '#lib/errors'
import { siteOf } from '#lib/limits'
import { anchored } from '#lib/log'
import { derivedKey } from './issuer.ts'
import { countTry, type Of } from './store/tries.ts'

// What anybody may ask of us without having shown who they are. Each leaves a row, a letter or an outbound call behind, or
// is a guess, so each is counted: of one network (`networkOf`), of the site that it is part of (`siteOf`: who has one has
// many networks, and must not use up what everybody shares), and of everybody.

const minutes = 60
const hours = 60 * minutes

type Door = {
  /** Within `seconds`, from one network; of a mail address, to it. */
  one: number
  /** Within `seconds`, in the whole deployment; `null` where something else bounds it. */
  all: number | null
  seconds: number
  what: string
}

/** Enough for an office behind one address, too few to fill a disk or to guess a code. */
export const doors = {
  authorization: {
    ...{ one: 300, all: 10_000, seconds: 10 * minutes },
    what: 'requests for authorization',
  },
  pushed: { one: 300, all: 10_000, seconds: 10 * minutes, what: 'pushed authorization requests' },
  device: { one: 100, all: 5_000, seconds: 10 * minutes, what: 'requests for a device code' },
  /** Of 2.6 · 10¹⁰ codes that are good for ten minutes each (RFC 8628 §5.1). */
  user_code: { one: 30, all: 3_000, seconds: 10 * minutes, what: 'codes of devices' },
  registration: { one: 30, all: 1_000, seconds: hours, what: 'registrations' },
  document: { one: 100, all: 3_000, seconds: 10 * minutes, what: 'documents of clients to be fetched' },
  mail: { one: 60, all: null, seconds: hours, what: 'codes to be mailed' },
  address: { one: 5, all: null, seconds: hours, what: 'codes to one address' },
} as const satisfies Readonly<Record<string, Door>>

/** Of all the networks of a site, together: as many as ten alone. */
export const siteMax = (door: DoorName): number => doors[door].one * 10

export type DoorName = keyof typeof doors

/** What was refused stays so until its time is over: of a flood, most costs no statement. */
const shut = anchored('oauth.doors', () => new Map<string, number>())
const shutMax = 10_000

const keyed = (name: DoorName, one: string): string =>
  createHmac('sha256', derivedKey('doors')).update(`${name}/${one}`).digest('base64url').slice(0, 27)

function refused(what: string, seconds: number): AppError {
  return new AppError('rate_limited', {
    detail: `There were too many ${what}. Try again later.`,
    retry_after_seconds: Math.max(1, seconds),
  })
}

/**
 * Counts one more who asks for something without having shown who they are.
 * @param one the network that it came from, or a mail address; `null` where that is not known: then only the count of
 *   everybody holds
 * @throws AppError `rate_limited` for one too many, with the seconds to wait
 */
export async function enter(name: DoorName, one: string | null): Promise<void> {
  const { all, seconds, what }: Door = doors[name]
  const site = siteOf(one)
  const subjects: Of<string | null> = {
    one: one === null ? null : `oauth/${name}/${keyed(name, one)}`,
    site: site === null ? null : `oauth/${name}~/${keyed(name, site)}`,
    all: all === null ? null : `oauth/${name}`,
  }
  const max: Of<number> = { one: doors[name].one, site: siteMax(name), all: all ?? Number.POSITIVE_INFINITY }
  const now = performance.now()
  for (const subject of Object.values(subjects)) {
    const until = subject === null ? undefined : shut.get(subject)
    if (until !== undefined && until > now) throw refused(what, Math.ceil((until - now) / 1000))
  }
  for (const { whose, tries, left } of await countTry(subjects, seconds, max)) {
    const subject = subjects[whose]
    if (subject === null || tries <= max[whose]) continue
    if (shut.size >= shutMax) shut.clear()
    shut.set(subject, now + left * 1000)
    throw refused(what, left)
  }
}
