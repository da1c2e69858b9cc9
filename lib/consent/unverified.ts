import { newId } from '#lib/ids'

// An account that was imported unchecked belongs to somebody at the provider, and nobody has said to whom. Until a
// probe does, an id of its own stands in the place of the provider's.
export const unverifiedPrefix = 'unverified:'

export const unverifiedProviderAccount = () => ({
  id: `${unverifiedPrefix}${newId()}`,
  label: 'Not verified yet',
})

/** Whether it is not known whose account at the provider this is. */
export const isUnverified = (providerAccountId: string): boolean =>
  providerAccountId.startsWith(unverifiedPrefix)
