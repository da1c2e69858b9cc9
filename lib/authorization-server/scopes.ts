/** What can be asked for. `offline_access` is a refresh token, and no right at a resource. */
export const resourceScopes = ['tools:read', 'tools:write', 'accounts:read', 'executions:read'] as const
export const offlineAccess = 'offline_access'
export const allScopes: readonly string[] = [...resourceScopes, offlineAccess]

/** What a request that names none asks for. */
export const defaultScopes: readonly string[] = ['tools:read', 'tools:write']

export const words = (text: string | undefined): string[] => (text ?? '').split(' ').filter(Boolean)
