import { createHash } from 'node:crypto'
import type { Translator } from '#lib/i18n'
import type { ConsentView } from './schema.ts'

/** Stands between the parts of a line; each part stands on the screen as it stands here. */
export const separator = ' · '

const line = (...parts: (string | null)[]): string =>
  parts.filter((part) => part !== null && part !== '').join(separator)

/**
 * The consent as plain text: what the screen says, in its order and in its language. The receipt hashes it, so that
 * each word that a person agreed to can be shown again.
 */
export const consentText = (view: ConsentView, t: Translator): string =>
  [...bodyLines(view, t), ...changeLines(view, t)].join('\n')

/** All but what is different since last time. */
export function bodyLines(view: ConsentView, t: Translator): string[] {
  const { organization, connector, account, user } = view
  const title = t
    .rich<string>('consent.title', {
      who: view.who,
      connector: connector.name,
      b: (chunks: string[]) => chunks.join(''),
    })
    .join('')
  const person = user.name ?? user.email ?? user.id
  const needed = t('consent.needed_title', { count: view.many ? 2 : 1 })
  return [
    title,
    line(t('consent.label_asked_by'), organization.name, organization.says),
    ...view.agents.map(({ name, owner, purpose }) =>
      line(t('consent.label_agent'), name, owner && t('consent.agent_owner', { owner }), purpose),
    ),
    line(t('consent.label_you'), person, user.email === person ? null : user.email),
    line(t('consent.label_account'), ...view.account_says),
    ...(view.purpose ? [line(t('consent.label_why'), view.purpose)] : []),
    ...view.groups.flatMap(({ title: heading, why, scopes }) => [
      ...(why ? [line(heading, why)] : []),
      ...scopes.map(({ does, example, required, without_it, scope }) =>
        line(heading, does, example, required ? needed : t('consent.choice_title'), without_it, scope),
      ),
    ]),
    ...view.samples.map(({ says }) => line(t('consent.samples_title'), says)),
    ...view.cannot.map(({ does, mark }) => line(t('consent.cannot_title'), does, mark)),
    ...(view.over_grant
      ? [line(t('consent.over_grant_title', { connector: connector.name }), view.over_grant)]
      : []),
    line(
      t('consent.duration_title'),
      ...view.durations.map(({ title: days }) => days),
      t('consent.duration_about'),
    ),
    ...view.reach.map(({ title: kind, all, some }) =>
      line(kind, all, some, t('consent.reach_note', { connector: connector.name })),
    ),
    ...(view.switch_account && account === null ? [line(t('consent.switch_account'))] : []),
    t('consent.revoke_how', { organization: organization.name, connector: connector.name }),
    ...view.links.map(({ name, url }) => line(name, url)),
  ]
}

function changeLines({ change, groups }: ConsentView, t: Translator): string[] {
  if (!change) return []
  const added = groups.flatMap(({ scopes }) => scopes.filter(({ was }) => was === 'new'))
  return [
    line(t('consent.change_title'), change.since),
    ...added.map(({ does }) => line(t('consent.change_new'), does)),
    ...change.gone.map(({ does }) => line(t('consent.change_gone'), does)),
  ]
}

/** What a person picked, as the page after the provider's says it; it follows the text of the consent. */
export const pickedText = (
  picked: Readonly<Record<string, readonly { label: string }[]>>,
  titles: Readonly<Record<string, string>>,
  t: Translator,
): string =>
  Object.entries(picked)
    .map(([kind, some]) =>
      line(t('consent.only_these'), titles[kind] ?? kind, ...some.map(({ label }) => label)),
    )
    .join('\n')

export const consentHash = (text: string): string => createHash('sha256').update(text).digest('hex')
