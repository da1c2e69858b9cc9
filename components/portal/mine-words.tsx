import { Fragment, type ReactNode } from 'react'
import type { MessageKey, Translator } from '#lib/i18n/schema'

/**
 * A message with names in it, each isolated: one in another script must not turn the sentence around it.
 * @param strong the names that stand out
 */
export function told(
  t: Translator,
  key: MessageKey,
  names: Readonly<Record<string, ReactNode>>,
  strong: readonly string[] = [],
): ReactNode {
  const values = Object.entries(names).map(([name, value]) => [
    name,
    <bdi key={name} {...(strong.includes(name) && { className: 'font-medium text-fg' })}>
      {value}
    </bdi>,
  ])
  return t.rich<ReactNode>(key, Object.fromEntries(values)).map((part, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message keep their places
    <Fragment key={at}>{part}</Fragment>
  ))
}

const localeOf = ({ locale }: Translator) => (locale === 'en-XA' ? 'en' : locale)

/** A day, as one says it in a language; the portal knows no time zone of the person's, so that it is UTC's. */
export const dayOf = (t: Translator, iso: string): string =>
  new Intl.DateTimeFormat(localeOf(t), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(iso))

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** How long ago, for what happened within a week; the day, for what is older. */
export function whenOf(t: Translator, iso: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000)
  if (seconds >= 7 * 86_400) return dayOf(t, iso)
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? (['second', 1] as const)
  const ago = new Intl.RelativeTimeFormat(localeOf(t), { numeric: 'auto' })
  return unit === 'second' ? ago.format(0, 'second') : ago.format(-Math.floor(seconds / size), unit)
}

/** A moment in words, with the exact one behind it. */
export const When = ({ t, at, now }: { t: Translator; at: string; now: number }) => (
  <time dateTime={at} title={`${at.slice(0, 16).replace('T', ' ')} UTC`}>
    {whenOf(t, at, now)}
  </time>
)
