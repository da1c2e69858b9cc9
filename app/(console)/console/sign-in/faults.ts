const faults: Record<string, string> = {
  CredentialsSignin: 'This link was used already or is more than 15 minutes old. Ask for a new one.',
}

/** What the sign-in page says of the code that a failed sign-in left in its address. */
export const faultOf = (error: unknown): string | null =>
  typeof error === 'string' ? (faults[error] ?? 'Signing in did not work. Try again.') : null
