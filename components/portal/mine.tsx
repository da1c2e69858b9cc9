import type { ReactNode } from 'react'
import { Alert } from '#components/ui/alert'
import { Card } from '#components/ui/card'
import type { MineAccount, MineAgent, MineView } from '#lib/connect/schema'
import type { Translator } from '#lib/i18n/schema'
import { Account, AccountHead, Act } from './mine-account.tsx'
import { LetInList } from './mine-let-in.tsx'
import { told, When } from './mine-words.tsx'
import { Notice } from './notice.tsx'

/** What was done a moment ago, and how to undo it. */
export type Done = { what: 'paused' | 'resumed' | 'ended' | 'limited'; account: MineAccount }

type Facts = { t: Translator; session: string; now: number }

/** The result of the last step: said aloud, and undone where that is safe. */
export function Result({ t, session, done }: Omit<Facts, 'now'> & { done: Done }): ReactNode {
  const { what, account } = done
  const facts = { session, account, look: 'secondary' } as const
  return (
    <div
      // Where the address leads after a step, so that it is read out first.
      id="done"
      tabIndex={-1}
      role="status"
      className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3 rounded-card border border-success/40 bg-card px-5 py-4 text-sm leading-relaxed shadow-card sm:px-7"
    >
      <p className="min-w-48 flex-1">
        {told(t, `mine.done_${what}`, { account: account.label }, ['account'])}{' '}
        {what === 'ended' && account.endedThere && (
          <span className="text-muted-fg">
            {told(t, `mine.there_${account.endedThere}`, { connector: account.connector.name })}
          </span>
        )}
      </p>
      {what === 'paused' && <Act {...facts} act="resume" label={t('mine.undo')} />}
      {what === 'resumed' && <Act {...facts} act="pause" label={t('mine.undo')} />}
      {what === 'ended' && <Act {...facts} act="reconnect" label={t('mine.reconnect')} />}
    </div>
  )
}

const Initial = ({ name }: { name: string }) => (
  <span
    aria-hidden="true"
    className="grid size-10 shrink-0 place-items-center rounded-pill bg-accent text-base font-semibold text-link"
  >
    {[...name.trim()][0]?.toUpperCase()}
  </span>
)

const Agent = ({ t, session, now, agent }: Facts & { agent: MineAgent }) => (
  <Card className="overflow-hidden">
    <div className="flex items-start gap-3.5 px-5 py-5 sm:px-7">
      <Initial name={agent.name} />
      <div className="min-w-0">
        <h2 className="text-base font-semibold">
          <bdi>{agent.name}</bdi>
        </h2>
        <p className="text-sm text-muted-fg">
          {agent.id === null
            ? t('mine.product')
            : agent.owner && told(t, 'mine.owner', { owner: agent.owner })}
        </p>
        {agent.purpose && (
          <p className="mt-1 text-sm text-muted-fg">
            <bdi>{agent.purpose}</bdi>
          </p>
        )}
      </div>
    </div>
    <ul>
      {agent.accounts.map((account) => (
        <Account key={account.id} t={t} session={session} account={account} now={now} agent={agent.name} />
      ))}
    </ul>
  </Card>
)

const Ended = ({ t, session, now, accounts }: Facts & { accounts: readonly MineAccount[] }) => (
  <section aria-labelledby="ended">
    <h2 id="ended" className="mb-2 px-1 text-sm font-semibold">
      {t('mine.ended_list')}
    </h2>
    <Card className="overflow-hidden">
      <ul className="divide-y divide-border">
        {accounts.map((account) => (
          <li key={account.id} className="grid gap-3 px-5 py-4 sm:px-7">
            <AccountHead t={t} account={account} />
            <div className="text-sm leading-relaxed text-muted-fg">
              {account.endedAt && (
                <p>{told(t, 'mine.ended_at', { when: <When t={t} at={account.endedAt} now={now} /> })}</p>
              )}
              {account.endedThere && (
                <p>{told(t, `mine.there_${account.endedThere}`, { connector: account.connector.name })}</p>
              )}
            </div>
            <Act session={session} account={account} act="reconnect" label={t('mine.reconnect')} />
          </li>
        ))}
      </ul>
    </Card>
  </section>
)

/**
 * Which agents may use which of a person's accounts, what they did lately, and how to stop them.
 * @param now in milliseconds of the epoch
 * @param refused the last step was not possible
 * @param takenBack a client was shut out a moment ago
 */
export function Mine({
  t,
  session,
  view,
  now,
  done,
  refused,
  takenBack = false,
}: Facts & { view: MineView; done: Done | null; refused: boolean; takenBack?: boolean }) {
  const facts = { t, session, now }
  const empty = view.agents.length === 0 && view.letIn.length === 0
  return (
    <>
      {refused && (
        <div className="mb-4">
          <Alert tone="warning">{t('mine.refused_conflict')}</Alert>
        </div>
      )}
      {done && <Result t={t} session={session} done={done} />}
      {takenBack && (
        <div
          id="done"
          tabIndex={-1}
          role="status"
          className="mb-4 rounded-card border border-success/40 bg-card px-5 py-4 text-sm shadow-card sm:px-7"
        >
          {t('authorize.mine_taken_back')}
        </div>
      )}
      {empty ? (
        <Notice mark="stopped" title={t('mine.empty_title')}>
          <p>{told(t, 'mine.empty_body', { organization: view.organization })}</p>
        </Notice>
      ) : (
        <div className="mb-5 px-1">
          <h1 tabIndex={-1} className="text-xl font-semibold outline-none">
            {t('mine.title')}
          </h1>
          <p className="mt-1.5 text-sm leading-relaxed text-muted-fg">{t('mine.intro')}</p>
        </div>
      )}
      <div className="grid gap-5">
        {view.agents.map((agent) => (
          <Agent key={agent.id ?? ''} {...facts} agent={agent} />
        ))}
        {view.letIn.length > 0 && <LetInList t={t} session={session} now={now} letIn={view.letIn} />}
        {view.ended.length > 0 && (
          <div className={empty ? 'mt-6' : 'mt-2'}>
            <Ended {...facts} accounts={view.ended} />
          </div>
        )}
      </div>
      {view.returnUrl && (
        <p className="mt-6 text-center text-sm">
          <a
            href={view.returnUrl}
            target="_top"
            className="inline-block py-1.5 text-link underline underline-offset-2"
          >
            {told(t, 'mine.return', { organization: view.organization })}
          </a>
        </p>
      )}
    </>
  )
}
