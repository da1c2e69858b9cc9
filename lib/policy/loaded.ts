/** A rule of the simple kind: whom it forbids, by tool, by `connector.*`, or by effect. */
export type Rule = Readonly<{ id: string; tools: readonly string[]; effects: readonly string[] }>

/** Which version of its policies an org has in force. */
export type Published = Readonly<{
  versionId: string
  /** Whether a policy asks how often something was called lately; only then are calls counted. */
  readsUsage: boolean
}>

/** What is read of an org's policies on every call. */
export type LoadedPolicies = Readonly<{
  rules: readonly Rule[]
  published: Published | null
  /** IANA name of where the org's clocks are; `null` is UTC. */
  timezone: string | null
}>

export type PoliciesFactRow = {
  rules: Rule[] | null
  published: { version_id: string; reads_usage: boolean } | null
  timezone: string | null
}

/** What every call is judged by, as one expression over `ctx.org`, answered as JSON. */
export const policiesFact = {
  select: `json_build_object(
    'rules', (SELECT json_agg(json_build_object('id', p.id, 'tools', p.tools, 'effects', p.effects) ORDER BY p.id)
      FROM policies p WHERE p.org_id = ctx.org AND p.deleted_at IS NULL),
    'published', (SELECT json_build_object('version_id', h.version_id, 'reads_usage', v.reads_usage)
      FROM policy_heads h JOIN policy_versions v ON v.org_id = h.org_id AND v.id = h.version_id
      WHERE h.org_id = ctx.org),
    'timezone', (SELECT o.timezone FROM organizations o WHERE o.id = ctx.org))`,
  parse: ({ rules, published, timezone }: PoliciesFactRow): LoadedPolicies => ({
    rules: rules ?? [],
    published: published && { versionId: published.version_id, readsUsage: published.reads_usage },
    timezone,
  }),
}
