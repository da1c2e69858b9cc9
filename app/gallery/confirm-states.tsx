import { Confirm } from '#components/portal/confirm'
import { Elsewhere } from '#components/portal/elsewhere'
import type { ConfirmSaid, ConfirmView } from '#lib/connect/schema'
import type { GalleryState } from './states.tsx'

const facts: ConfirmView = {
  state: 'enter',
  organization: 'Northwind',
  connector: 'Acme Tasks',
  account: 'ana@acme.test',
  address: 'a•••@acme.test',
  triesLeft: 5,
  canResend: true,
  returnUrl: 'https://app.northwind.example',
}

const shown = (
  title: string,
  more: Partial<ConfirmView> = {},
  said: ConfirmSaid | null = null,
): GalleryState => ({
  title,
  render: ({ t, session }) => (
    <Confirm view={{ ...facts, ...more }} said={said} t={t} action={`/connect/${session}/confirm`} />
  ),
})

/** Who finished: by the code that was mailed, and at the address where the link belongs. */
export const confirmStates: Readonly<Record<string, GalleryState>> = {
  'confirm-enter': shown('Confirm: enter the code'),
  'confirm-wrong': shown('Confirm: wrong code', { triesLeft: 2 }, 'wrong'),
  'confirm-shape': shown('Confirm: not a code', {}, 'shape'),
  'confirm-resent': shown('Confirm: a new code was sent', { canResend: false }, 'resent'),
  'confirm-wait': shown('Confirm: asked for a new code too soon', {}, 'wait'),
  'confirm-no-more': shown('Confirm: no more codes', { canResend: false }, 'no_more'),
  'confirm-limited': shown('Confirm: too much mail', {}, 'limited'),
  'confirm-expired': shown('Confirm: code expired', { state: 'expired' }),
  'confirm-undelivered': shown('Confirm: the mail could not be sent', { state: 'undelivered' }),
  'confirm-too-many': shown('Confirm: too many wrong codes', { state: 'too_many' }),
  'confirm-not-me': shown('Confirm: wrong person, stopped', { state: 'not_me' }),
  'wrong-address': {
    title: 'At the domain of another organization',
    organization: null,
    render: ({ t }) => <Elsewhere t={t} />,
  },
}
