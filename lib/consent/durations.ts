/** What a person is offered; `null` is until they take it back. */
const usual: readonly (number | null)[] = [7, 30, 90, null]
/** Chosen beforehand: a consent that nobody thinks of any more ends by itself. */
const usualChoice = 90

/**
 * For how many days a consent may be given here, shortest first; `null` is until it is taken back.
 * @param daysMax the org's longest, from `settings.consent_duration_days_max`; its own number is the last on offer
 */
export function durationsOffered(daysMax: number | null): {
  days: readonly (number | null)[]
  chosen: number | null
} {
  if (daysMax === null) return { days: usual, chosen: usualChoice }
  const within = usual.filter((days): days is number => days !== null && days < daysMax)
  const days = [...within, daysMax]
  return { days, chosen: days.includes(usualChoice) ? usualChoice : daysMax }
}

/** The org's longest consent, in days; `null` where it sets none. */
export function longestConsent(settings: Readonly<Record<string, unknown>>): number | null {
  const days = settings.consent_duration_days_max
  return typeof days === 'number' ? days : null
}

/** When a consent ends that was given for so many days; `null` for one that does not. */
export const endOfConsent = (consentedAt: Date, days: number | null): Date | null =>
  days === null ? null : new Date(consentedAt.getTime() + days * 86_400_000)
