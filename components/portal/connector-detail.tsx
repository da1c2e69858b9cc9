import type { ReactNode } from 'react'
import { Badge } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import type { Risk } from '#lib/connector-kit/schema'
import type { PortalView } from '#lib/consent/schema'
import type { Translator } from '#lib/i18n/schema'
import { buttonClass } from '../ui/button.tsx'
import { classes } from '../ui/classes.ts'
import { AccountState } from './catalogue.tsx'
import { ConnectorMark } from './connector-mark.tsx'
import { riskPaint } from './risk.ts'

type Account = NonNullable<PortalView['connectors'][number]['account']>

type Detail = {
  id: string
  name: string
  summary: string
  configured: boolean
  groups: readonly { risk: Risk; does: readonly string[] }[]
  accounts: readonly Account[]
}

/**
 * One connector: what it is, what may be asked there, and which accounts of the person's are connected.
 * @param consent where the person decides
 * @param all the list it comes from; `null` where there is nothing else to choose
 */
export function ConnectorDetailScreen({
  detail,
  consent,
  all,
  t,
}: {
  detail: Detail
  consent: string
  all: string | null
  t: Translator
}): ReactNode {
  const { name: connector, accounts, configured } = detail
  const [first] = accounts
  return (
    <Card className="overflow-hidden">
      <div className="px-5 pt-7 pb-6 sm:px-7">
        <ConnectorMark name={connector} size="size-12" />
        <h1 tabIndex={-1} className="mt-4 text-xl leading-snug font-semibold outline-none">
          {first ? t('catalogue.connected_already', { connector }) : <bdi>{connector}</bdi>}
        </h1>
        <p className="mt-1.5 text-sm leading-relaxed text-pretty text-muted-fg">
          <bdi>{detail.summary}</bdi>
        </p>
        {!configured && (
          <p className="mt-3">
            <Badge>{t('catalogue.not_set_up')}</Badge>
          </p>
        )}
      </div>
      {accounts.length > 0 && (
        <Section title={t('catalogue.accounts')}>
          <ul className="mt-3 grid gap-2.5">
            {accounts.map((account) => (
              <li key={account.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
                <bdi className="min-w-0 font-medium">{account.label}</bdi>
                <AccountState account={account} texts={t.texts('catalogue')} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {detail.groups.length > 0 && (
        <Section title={t('catalogue.can_ask')}>
          <p className="mt-1 text-sm leading-relaxed text-muted-fg">{t('catalogue.can_ask_note')}</p>
          <Asked groups={detail.groups} t={t} />
        </Section>
      )}
      <div className="flex flex-wrap gap-3 border-t border-border px-5 py-5 sm:px-7">
        {configured && (
          <a href={consent} className={buttonClass({ size: 'large' })}>
            {first
              ? first.status === 'active' || first.status === 'paused'
                ? t('catalogue.connect_another')
                : t('catalogue.reconnect_named', { connector })
              : t('catalogue.connect_named', { connector })}
          </a>
        )}
        {all !== null && (
          <a href={all} className={buttonClass({ size: 'large', variant: 'quiet' })}>
            {t('catalogue.back')}
          </a>
        )}
      </div>
    </Card>
  )
}

const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="border-t border-border px-5 py-5 sm:px-7">
    <h2 className="text-sm font-semibold">{title}</h2>
    {children}
  </section>
)

const Asked = ({ groups, t }: { groups: Detail['groups']; t: Translator }) => (
  <ul className="mt-4 grid gap-4">
    {groups.map(({ risk, does }) => (
      <li key={risk}>
        <h3 className="flex items-center gap-2 text-xs font-medium text-muted-fg">
          <span aria-hidden="true" className={classes('size-2 rounded-pill', riskPaint[risk])} />
          {t(`consent.risk_${risk}`)}
        </h3>
        <ul className="mt-1.5 grid gap-1 ps-4 text-sm leading-relaxed">
          {does.map((one) => (
            <li key={one}>
              <bdi>{one}</bdi>
            </li>
          ))}
        </ul>
      </li>
    ))}
  </ul>
)
