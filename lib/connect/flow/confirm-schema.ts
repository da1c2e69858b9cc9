/** How the screen stands that asks for the code that was mailed; what a state does not need is null. */
export type ConfirmView = {
  state: 'enter' | 'undelivered' | 'expired' | 'too_many' | 'not_me' | 'done'
  organization: string
  connector: string | null
  account: string | null
  /** The invited address, with most of its name hidden. */
  address: string
  triesLeft: number
  canResend: boolean
  returnUrl: string | null
}

/** What the screen says of what was just done. */
export const confirmSaid = ['wrong', 'shape', 'resent', 'wait', 'no_more', 'limited'] as const
export type ConfirmSaid = (typeof confirmSaid)[number]
