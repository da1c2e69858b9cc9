import type { Translator } from '#lib/i18n/schema'
import { Notice } from './notice.tsx'

/** A session of one organization at the domain of another: it is not opened there. */
export const Elsewhere = ({ t }: { t: Translator }) => (
  <Notice title={t('elsewhere.title')}>
    <p>{t('elsewhere.body')}</p>
    <p className="text-fg">{t('elsewhere.next')}</p>
  </Notice>
)
