import type { ApiKeyRole } from '#lib/identity'
import { apiKeyRole } from '#lib/identity/schema'

/**
 * The roles that somebody may give a key. A key with `read` reads the audit and every person, one with `manage` changes
 * policies and members: whoever may not do that themselves makes no key that may (THREATS.md K4).
 */
export const keyRolesGivenBy = (role: string): readonly ApiKeyRole[] =>
  role === 'owner' ? apiKeyRole.options : role === 'developer' ? ['connect', 'execute'] : []
