export interface ScopeWords {
  does: string
  /** Part of every sign-in: shown, but not something a person can untick. */
  fixed: boolean
}

/** Every scope the practice provider knows, in the words of its consent page. */
export const scopes: Readonly<Record<string, ScopeWords>> = {
  openid: { does: 'Know which account you signed in with', fixed: true },
  profile: { does: 'See your name and email address', fixed: false },
  'tasks:read': { does: 'Read your tasks', fixed: false },
  'tasks:write': { does: 'Create and change tasks', fixed: false },
  'projects:read': { does: 'Read your projects', fixed: false },
  'tasks:delete': { does: 'Delete tasks for good', fixed: false },
  offline_access: { does: 'Keep this access while you are away', fixed: true },
}
