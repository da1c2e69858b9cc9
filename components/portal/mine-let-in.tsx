import { Button } from '#components/ui/button'
import { Card } from '#components/ui/card'
import type { LetIn } from '#lib/connect/schema'
import type { Translator } from '#lib/i18n/schema'
import { dayOf, told, When } from './mine-words.tsx'

type Props = { t: Translator; session: string; now: number }

/** Which of the accounts, and whether only to see, as one sentence. */
const Accounts = ({ t, app }: { t: Translator; app: LetIn }) => (
  <ul className="text-sm">
    {app.accounts.map(({ connector, label, readOnly }) => (
      <li key={`${connector.id} ${label}`}>
        {told(t, readOnly ? 'authorize.mine_account_read' : 'authorize.mine_account', {
          account: label,
          connector: connector.name,
        })}
      </li>
    ))}
  </ul>
)

const App = ({ t, session, now, app }: Props & { app: LetIn }) => (
  <li className="grid gap-3 px-5 py-4 sm:px-7">
    <div>
      <h3 className="font-semibold">
        <bdi>{app.name}</bdi>
      </h3>
      {app.ownWord && (
        <p className="text-xs text-muted-fg">{told(t, 'authorize.name_own', { client: app.name })}</p>
      )}
    </div>
    <Accounts t={t} app={app} />
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-fg">
      <li>
        {app.lastUsedAt
          ? told(t, 'mine.used', { when: <When t={t} at={app.lastUsedAt} now={now} /> })
          : t('mine.never_used')}
      </li>
      <li>{t('mine.since', { date: dayOf(t, app.since) })}</li>
      <li>{app.until ? t('mine.until', { date: dayOf(t, app.until) }) : t('mine.until_ended')}</li>
    </ul>
    <form method="post" action={`/connect/${session}/mine/apps/${app.id}/take_back`} className="grid">
      <Button
        type="submit"
        variant="secondary"
        aria-label={`${t('authorize.mine_take_back')}: ${app.name}`}
        className="border-danger/60! text-danger! hover:bg-danger/8!"
      >
        {t('authorize.mine_take_back')}
      </Button>
    </form>
  </li>
)

/** The apps that a person let in by themselves, what each may use, and how to shut it out. */
export const LetInList = ({ letIn, ...props }: Props & { letIn: readonly LetIn[] }) => (
  <section aria-labelledby="let-in">
    <h2 id="let-in" className="mb-2 px-1 text-sm font-semibold">
      {props.t('authorize.mine_title')}
    </h2>
    <Card className="overflow-hidden">
      <ul className="divide-y divide-border">
        {letIn.map((app) => (
          <App key={app.id} {...props} app={app} />
        ))}
      </ul>
    </Card>
  </section>
)
