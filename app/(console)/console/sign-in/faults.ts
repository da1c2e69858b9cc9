const faults: Record<string, string> = {
  CredentialsSignin: 'This link was used already or is more than 15 minutes old. Ask for a new one.',
  SsoRequired: 'Your organization requires single sign-on. Use your e-mail address, or join with this link.',
}

/** What the sign-in page says of the code that a failed sign-in left in its address. */
export const faultOf = (error: unknown): string | null =>
  typeof error === 'string' ? (faults[error] ?? 'Signing in did not work. Try again.') : null
