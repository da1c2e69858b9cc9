import { config } from '#lib/config'
import type { Egress } from '#lib/egress'
import { createMailer, type Mailer } from './mailer.ts'

export { letterOf, type Note } from './letter.ts'
export { MailError } from './mailer.ts'
export {
  forgetMailIn,
  mailPerHourMax,
  queueMailIn,
  settleMailIn,
  waitingMailIn,
} from './queue.ts'

const mailers = new WeakMap<Egress, Mailer>()

/** The deployment's mail server; null where none is configured. */
export function mailerOf(egress: Egress): Mailer | null {
  const { mail } = config()
  if (mail === null) return null
  const mailer = mailers.get(egress) ?? createMailer(mail, egress)
  mailers.set(egress, mailer)
  return mailer
}

/** Whether anything can be mailed here. */
export const sendsMail = (): boolean => config().mail !== null
