/** A rule of the simple kind: whom it forbids, by tool, by `connector.*`, or by effect. */
export type Rule = Readonly<{ id: string; tools: readonly string[]; effects: readonly string[] }>

/** Which version of its policies an org has published. */
export type Published = Readonly<{
  versionId: string
  /** Whether a policy asks how often something was called lately; only then are calls counted. */
  readsUsage: boolean
}>

/** What is read of an org's policies on every call. */
export type LoadedPolicies = Readonly<{ rules: readonly Rule[]; published: Published | null }>

/** An org that has written nothing. */
export const noPolicies: LoadedPolicies = { rules: [], published: null }
