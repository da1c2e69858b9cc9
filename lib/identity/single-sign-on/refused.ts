// Why a sign-in ends, each in words for whoever stands before it. Nothing that the identity provider wrote is repeated.

const owner = 'Ask an owner of your organization.'
const again = 'Start again from the sign-in page.'

export const refusals = {
  no_flow: `This sign-in was started in another browser, or too long ago. ${again}`,
  state_mismatch: `This answer does not belong to the sign-in that this browser started. ${again}`,
  other_connection: `This answer belongs to another single sign-on. ${again}`,
  used: `This sign-in was used already. ${again}`,
  issuer_mismatch: `The answer came from another identity provider than the one that was asked. ${again}`,
  declined: 'You declined to sign in, or your identity provider did not let you.',
  provider_error: 'Your identity provider answered with an error. Try again; if it stays, ask an owner.',
  unreachable: 'Your identity provider does not answer as it should now. Try again in a moment.',
  code_refused: `Your identity provider did not accept its own answer. ${again}`,
  token_invalid: 'What your identity provider said about you could not be verified. Nobody was signed in.',
  connection_off: `This single sign-on is switched off. ${owner}`,
  no_role: `None of your groups gives you a role here. ${owner}`,
  not_a_member: `You are not a member here, and this single sign-on does not make members by itself. ${owner}`,
  address_taken:
    'Somebody with your address is a member here already and signs in in another way. Addresses prove nothing, so the two were not joined. Sign in as before and join them on the page Sign-in, or ask an owner.',
  email_unverified: 'Your identity provider does not vouch for your e-mail address. Ask its administrator.',
  email_foreign: 'Your e-mail address does not belong to a domain that this organization has verified.',
  removed: `Your membership was ended. ${owner}`,
  key_taken: 'This identity belongs to another member here.',
  other_key: 'You sign in by another identity already. Ask an owner to remove it first.',
  other_person: 'You signed in as somebody else. Nothing was changed.',
  not_fresh:
    'Your identity provider did not ask you to sign in again, so this does not count as a new sign-in.',
  invitation: 'This invitation was used already, was withdrawn, or is too old. Ask for a new one.',
} as const

export type Refusal = keyof typeof refusals

/** A sign-in that is refused. `why` is for the audit: a word of ours, never one of the identity provider's. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused'
  readonly reason: Refusal
  readonly why: string | null

  constructor(reason: Refusal, why: string | null = null, cause?: unknown) {
    super(refusals[reason], { cause })
    this.reason = reason
    this.why = why
  }

  /** The identity provider's fault is a bad request, everything else is not allowed. */
  get status(): 400 | 403 | 409 | 503 {
    if (this.reason === 'unreachable') return 503
    if (this.reason === 'address_taken') return 409
    return ['no_flow', 'used', 'provider_error'].includes(this.reason) ? 400 : 403
  }
}
