import type { Risk } from '#lib/connector-kit/schema'
import type { MessageKey } from '#lib/i18n'

export const capital = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1)

/** The word that stands for a risk; the same for every organization. */
export const riskKeys = {
  read: 'consent.risk_read',
  write: 'consent.risk_write',
  send: 'consent.risk_send',
  admin: 'consent.risk_admin',
} as const satisfies Record<Risk, MessageKey>
