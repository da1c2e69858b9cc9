import { permits } from './roles.ts'

/** Stands where a value is that somebody's role does not show them. */
export const mask = '•••'

/**
 * What somebody of this role sees of what a call carried, or was answered with: all of it, or its shape alone. Names of
 * fields stay, as does how many there are; no value does. Whose call it was is no payload, and is not to be passed here.
 */
export const maskedFor = (role: string): ((payload: unknown) => unknown) =>
  permits(role, 'payloads.read') ? (payload) => payload : masked

function masked(payload: unknown): unknown {
  if (payload === null || payload === undefined) return payload
  if (Array.isArray(payload)) return payload.map(masked)
  if (typeof payload !== 'object') return mask
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, masked(value)]))
}
