import { Alert } from '#components/ui/alert'
import { Button, buttonClass } from '#components/ui/button'
import { Card } from '#components/ui/card'
import { Checkbox } from '#components/ui/checkbox'
import { Field, Select } from '#components/ui/field'
import type { MineAccount } from '#lib/connect/schema'
import type { MessageKey, Translator } from '#lib/i18n/schema'
import { AccountHead, mineAt } from './mine-account.tsx'
import { Back } from './mine-detail.tsx'
import { dayOf } from './mine-words.tsx'

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** The lengths, in days, that a consent can be cut to, beside leaving it as it is. */
const shorter = [7, 30, 90]
const dayMs = 86_400_000

/**
 * Takes back a part: a plain form with what is allowed now ticked.
 * @param fault what was wrong with what was sent
 */
export function Narrow({
  t,
  session,
  account,
  now,
  fault,
}: {
  t: Translator
  session: string
  account: MineAccount
  now: number
  fault: MessageKey | null
}) {
  const { until } = account
  const days = shorter.filter((count) => until === null || now + count * dayMs < Date.parse(until))
  return (
    <>
      <Back t={t} session={session} />
      <Card>
        <form method="post" action={`${mineAt(session, account.id)}/limit`}>
          <div className="grid gap-4 px-5 pt-6 pb-5 sm:px-7">
            <h1 tabIndex={-1} className="text-xl font-semibold outline-none">
              {t('mine.limit_title')}
            </h1>
            <AccountHead t={t} account={account} as="p" />
            <p className="text-sm leading-relaxed text-muted-fg">{t('mine.limit_intro')}</p>
            {fault && <Alert tone="danger">{t(fault)}</Alert>}
          </div>
          <fieldset className="border-t border-border px-5 py-5 sm:px-7">
            <legend className="sr-only">{t('mine.limit_may')}</legend>
            <ul className="grid gap-3">
              {account.scopes.map(({ scope, does }) => (
                <li key={scope}>
                  <Checkbox name="scopes" value={scope} defaultChecked label={capital(does)} />
                </li>
              ))}
            </ul>
          </fieldset>
          {account.limits.map(({ kind, title, items }) => (
            <fieldset key={kind} className="border-t border-border px-5 py-5 sm:px-7">
              <legend className="float-start mb-3 w-full text-sm font-semibold">{title}</legend>
              <ul className="clear-both grid gap-3">
                {items.map(({ id, label }) => (
                  <li key={id}>
                    <Checkbox
                      name={`resources.${kind}`}
                      value={id}
                      defaultChecked
                      label={<bdi>{label}</bdi>}
                    />
                  </li>
                ))}
              </ul>
            </fieldset>
          ))}
          {days.length > 0 && (
            <div className="border-t border-border px-5 py-5 sm:px-7">
              <Field label={t('mine.limit_time')}>
                <Select name="expires_in_days" defaultValue="">
                  <option value="">
                    {until
                      ? t('mine.limit_time_until', { date: dayOf(t, until) })
                      : t('mine.limit_time_open')}
                  </option>
                  {days.map((count) => (
                    <option key={count} value={count}>
                      {t('mine.limit_days', { days: count })}
                    </option>
                  ))}
                </Select>
              </Field>
            </div>
          )}
          <div className="grid gap-3 border-t border-border px-5 pt-4 pb-5 min-[26rem]:grid-cols-2 sm:px-7">
            <Button type="submit" size="large">
              {t('mine.limit_save')}
            </Button>
            <a
              href={mineAt(session, account.id)}
              className={buttonClass({ variant: 'secondary', size: 'large' })}
            >
              {t('mine.limit_back')}
            </a>
          </div>
        </form>
      </Card>
    </>
  )
}
