// `npm test` runs the browser tests in three parts beside each other, each with an instance of its own: within one they go
// one after the other, because the practice provider misbehaves for everybody at once. A part takes about a third of
// the time; a new spec is in the first.
const listed = {
  second: [
    ...['accessibility', 'agents', 'approvals', 'authorize', 'branding', 'drill', 'pages', 'roles'],
    ...['single-sign-on', 'states', 'usage', 'vendors/*'],
  ],
  third: ['audit-explorer', 'console', 'console-*', 'developer', 'domains', 'isolation', 'mcp-*', 'requests'],
} as const

export type Part = 'first' | keyof typeof listed

export const parts: readonly Part[] = ['first', 'second', 'third']

const globs = (part: keyof typeof listed) => listed[part].map((name) => `**/e2e/${name}.spec.ts`)

/** What Playwright is to run as one part. */
export const specsOf = (part: Part): { testMatch: string | string[]; testIgnore?: string[] } =>
  part === 'first'
    ? { testMatch: '**/*.spec.ts', testIgnore: [...globs('second'), ...globs('third')] }
    : { testMatch: globs(part) }
