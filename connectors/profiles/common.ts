import type { ErrorRules } from '#lib/connector-kit'

/** The provider fails. Spelt out where its documentation says so, though a status alone would be read the same. */
export const serverErrors: ErrorRules = [{ statuses: [500, 502, 503, 504], is: 'transient' }]

/** As `serverErrors`, or the provider has had enough of us. */
export const busy: ErrorRules = [{ statuses: [429], is: 'rate_limited' }, ...serverErrors]
