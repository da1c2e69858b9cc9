import type { ReactNode } from 'react'
import { Badge, type Tone } from '#components/ui/badge'
import { Button } from '#components/ui/button'
import type { MineAccount } from '#lib/connect/schema'
import type { MessageKey, Translator } from '#lib/i18n/schema'
import { ConnectorMark } from './connector-mark.tsx'
import { Happenings } from './mine-happenings.tsx'
import { Reach, Scopes } from './mine-scopes.tsx'
import { dayOf, told, When } from './mine-words.tsx'

const states: Record<MineAccount['status'], { key: MessageKey; tone: Tone }> = {
  active: { key: 'mine.status_active', tone: 'success' },
  paused: { key: 'mine.status_paused', tone: 'warning' },
  needs_reauth: { key: 'mine.status_lost', tone: 'danger' },
  unverified: { key: 'mine.status_unverified', tone: 'neutral' },
  revoked: { key: 'mine.status_ended', tone: 'neutral' },
}

/** Where the forms and pages of one account are. */
export const mineAt = (session: string, account: string): string => `/connect/${session}/mine/${account}`

/** A step with an account, as a form of its own: it works before, and without, any script. */
export const Act = ({
  session,
  account,
  act,
  label,
  look = 'secondary',
  className,
}: {
  session: string
  account: Pick<MineAccount, 'id' | 'label'>
  act: 'pause' | 'resume' | 'end' | 'reconnect'
  label: string
  look?: 'primary' | 'secondary' | 'quiet'
  className?: string
}) => (
  <form method="post" action={`${mineAt(session, account.id)}/act`} className="grid">
    <Button
      type="submit"
      name="act"
      value={act}
      variant={look}
      aria-label={`${label}: ${account.label}`}
      {...(className && { className })}
    >
      {label}
    </Button>
  </form>
)

const ending = 'border-danger/60! text-danger! hover:bg-danger/8!'

type Props = { t: Translator; session: string; account: MineAccount }

export function Acts({ t, session, account }: Props) {
  const facts = { session, account }
  const mine = account.pausedBy.includes('user')
  return (
    <div className="grid grid-cols-[repeat(auto-fit,minmax(8rem,1fr))] gap-2.5">
      {account.status === 'active' && <Act {...facts} act="pause" label={t('mine.pause')} />}
      {account.status === 'paused' && mine && <Act {...facts} act="resume" label={t('mine.resume')} />}
      {account.status === 'needs_reauth' && (
        <Act {...facts} act="reconnect" look="primary" label={t('mine.reconnect')} />
      )}
      <Act {...facts} act="end" label={t('mine.end')} className={ending} />
    </div>
  )
}

function Standing({ t, account }: Omit<Props, 'session'>): ReactNode {
  const by = account.pausedBy.length > 1 ? 'both' : (account.pausedBy[0] ?? 'admin')
  const text =
    account.status === 'paused'
      ? t(`mine.paused_${by}`)
      : account.status === 'needs_reauth'
        ? told(t, 'mine.lost', { connector: account.connector.name })
        : account.status === 'unverified'
          ? t('mine.unverified')
          : null
  return text && <p className="rounded-control bg-muted px-3 py-2 text-sm leading-relaxed">{text}</p>
}

/** What it is, whose it is there, and how it stands. */
export const AccountHead = ({
  t,
  account,
  as: Heading = 'h3',
}: Omit<Props, 'session'> & { as?: 'h1' | 'h3' | 'p' }) => {
  const { key, tone } = states[account.status]
  return (
    <div className="flex items-start gap-3.5">
      <ConnectorMark name={account.connector.name} />
      <div className="min-w-0 flex-1">
        <Heading
          {...(Heading === 'h1' && { tabIndex: -1 })}
          className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium outline-none"
        >
          <span className="min-w-0">
            <bdi>{account.label}</bdi>
          </span>{' '}
          <Badge tone={tone}>{t(key)}</Badge>
        </Heading>
        <p className="text-sm text-muted-fg">{account.connector.name}</p>
      </div>
    </div>
  )
}

/** Since when, until when, and when it was used last. */
export const Life = ({ t, account, now }: Omit<Props, 'session'> & { now: number }) => (
  <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-fg">
    <li>
      {account.lastUsedAt
        ? told(t, 'mine.used', { when: <When t={t} at={account.lastUsedAt} now={now} /> })
        : t('mine.never_used')}
    </li>
    {account.since && <li>{t('mine.since', { date: dayOf(t, account.since) })}</li>}
    <li>{account.until ? t('mine.until', { date: dayOf(t, account.until) }) : t('mine.until_ended')}</li>
  </ul>
)

const link = 'py-1.5 text-sm text-link underline underline-offset-2'

/** One account under one agent: what may be done with it, what was done lately, and how to stop it. */
export const Account = ({ t, session, account, now, agent }: Props & { now: number; agent: string }) => {
  const others = account.grantees.filter((name) => name !== agent)
  const at = mineAt(session, account.id)
  return (
    <li className="grid gap-4 border-t border-border px-5 py-5 sm:px-7">
      <AccountHead t={t} account={account} />
      <Standing t={t} account={account} />
      <div className="text-sm">
        <h4 className="mb-1.5 text-xs font-medium text-muted-fg">{t('mine.may')}</h4>
        {account.scopes.length > 0 ? (
          <Scopes scopes={account.scopes} />
        ) : (
          <p className="text-muted-fg">{t('mine.may_nothing')}</p>
        )}
        <Reach limits={account.limits} />
      </div>
      <Acts t={t} session={session} account={account} />
      {others.length > 0 && (
        <p className="text-xs leading-relaxed text-muted-fg">
          {told(t, 'mine.shared', { others: t.list(others) })}
        </p>
      )}
      <div className="text-sm">
        <h4 className="mb-1.5 text-xs font-medium text-muted-fg">{t('mine.lately')}</h4>
        <Happenings t={t} happenings={account.recent} connector={account.connector.name} now={now} />
      </div>
      <Life t={t} account={account} now={now} />
      <p className="-my-1 flex flex-wrap gap-x-5">
        <a href={at} className={link} aria-label={`${t('mine.details')}: ${account.label}`}>
          {t('mine.details')}
        </a>
        {account.status === 'active' && account.scopes.length > 0 && (
          <a href={`${at}/narrow`} className={link} aria-label={`${t('mine.less')}: ${account.label}`}>
            {t('mine.less')}
          </a>
        )}
      </p>
    </li>
  )
}

export { link, Standing }
