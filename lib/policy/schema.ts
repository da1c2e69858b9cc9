import { z } from 'zod'
import { effect, risk } from '#lib/connector-kit/schema'
import { externalId } from '#lib/tenancy/schema'

export const policyInput = z
  .strictObject({
    org_id: externalId.optional(),
    name: z.string().min(1).max(200),
    effect: z.literal('deny').default('deny'),
    tools: z
      .array(
        z
          .string()
          .regex(/^[a-z][a-z0-9]*\.([a-z][a-z0-9_]*|\*)$/, 'must be a tool name, or connector.* for all'),
      )
      .max(200)
      .default([]),
    effects: z.array(effect).max(5).default([]),
  })
  .refine(({ tools, effects }) => tools.length + effects.length > 0, {
    message: 'name at least one tool or effect',
    path: ['tools'],
  })
export type PolicyInput = z.infer<typeof policyInput>

export const policy = z.object({
  id: z.string(),
  org_id: externalId,
  name: z.string(),
  effect: z.literal('deny'),
  tools: z.array(z.string()),
  effects: z.array(effect),
  created_at: z.iso.datetime(),
})
export type Policy = z.infer<typeof policy>

/** Something wrong with a policy, or doubtful. */
export const problem = z.object({
  severity: z.enum(['error', 'warning']),
  line: z.number().int().nullable().describe('From 1'),
  column: z.number().int().nullable().describe('From 1, in letters'),
  message: z.string(),
  fix: z.string().nullable(),
})
export type Problem = z.infer<typeof problem>

export const policyEngine = z.enum(['cedar', 'opa'])
export const policySource = z
  .string()
  .max(65_536)
  .describe(
    'Cedar: the policies, 200 at most. OPA: the path of the decision in its data, such as behalf/decision',
  )
const note = z.string().max(500).describe('What it is for, or what changed')

export const versionInput = z.strictObject({
  org_id: externalId.optional(),
  engine: policyEngine.default('cedar'),
  source: policySource,
  note: note.optional(),
})
export type VersionInput = z.infer<typeof versionInput>

export const versionChange = z
  .strictObject({ source: policySource.optional(), note: note.nullable().optional() })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'must change something')
export type VersionChange = z.infer<typeof versionChange>

const actor = z.object({ type: z.string(), id: z.string() })

export const policyVersionSummary = z.object({
  id: z.string(),
  org_id: externalId,
  number: z.number().int().describe('Counts up within the organization'),
  status: z.enum(['draft', 'in_force', 'superseded', 'discarded']),
  engine: policyEngine,
  note: z.string().nullable(),
  created_by: actor,
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  published_by: actor.nullable(),
  published_at: z.iso.datetime().nullable().describe('When it was first published: it has not changed since'),
})
export const policyVersion = policyVersionSummary.extend({
  source: z.string(),
  problems: z.array(problem),
})
export type PolicyVersion = z.infer<typeof policyVersion>

export const publishing = z
  .strictObject({
    force: z.boolean().default(false).describe('Publishes though cases fail'),
    reason: z.string().min(1).max(300).optional().describe('Why; needed with force, and kept in the audit'),
  })
  .refine(({ force, reason }) => !force || reason !== undefined, {
    path: ['reason'],
    message: 'is needed with force',
  })
export type Publishing = z.infer<typeof publishing>

export const decisionWord = z.enum(['allow', 'deny', 'ask'])

/** A made-up call: what is not said takes a value that no policy would expect by accident. */
export const callInput = z.strictObject({
  tool_name: z.string().max(64),
  params: z.record(z.string(), z.unknown()).default({}),
  agent: z
    .strictObject({
      id: z.string().max(100).default('ag_example'),
      name: z.string().max(200).default('Example'),
      owner: z.string().max(200).nullable().default(null),
      purpose: z.string().max(2000).nullable().default(null),
      team: z.string().max(200).nullable().default(null),
      environment: z.string().max(200).nullable().default(null),
    })
    .nullable()
    .prefault({})
    .describe('null for the product itself'),
  via: z
    .array(z.string().max(100))
    .max(10)
    .default([])
    .describe('The agents that passed the call on to this one, the nearest first'),
  user: z
    .strictObject({
      id: externalId.default('user_example'),
      groups: z.array(z.string().max(200)).max(200).default([]),
    })
    .prefault({}),
  account: z.string().max(100).default('ca_example'),
  risk: risk.optional().describe('Of the scopes that the call uses; without it, that of the tool itself'),
  time: z.iso.datetime({ offset: true }).default('2026-01-07T12:00:00Z').describe('A Wednesday noon'),
  timezone: z.string().max(64).optional().describe("IANA name; without it, the organization's"),
  ip: z.union([z.ipv4(), z.ipv6()]).nullable().default(null),
  usage: z
    .strictObject({
      last_hour: z.number().int().min(0).default(0),
      last_day: z.number().int().min(0).default(0),
      last_week: z.number().int().min(0).default(0),
    })
    .prefault({}),
})
export type CallInput = z.infer<typeof callInput>

export const expectation = z.strictObject({
  decision: decisionWord,
  policy_ids: z
    .array(z.string().max(300))
    .max(100)
    .optional()
    .describe('Those that decide, without the number of the version'),
  masks: z.array(z.string().max(31)).max(50).optional(),
  quorum: z.number().int().optional(),
})
export type Expectation = z.infer<typeof expectation>

export const caseInput = z.strictObject({
  org_id: externalId.optional(),
  name: z.string().min(1).max(200),
  call: callInput,
  expected: expectation,
})
export const caseChange = z
  .strictObject({
    name: z.string().min(1).max(200).optional(),
    call: callInput.optional(),
    expected: expectation.optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'must change something')
export const policyCase = z.object({
  id: z.string(),
  org_id: externalId,
  name: z.string(),
  call: callInput,
  expected: expectation,
  created_by: actor,
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})
export type PolicyCase = z.infer<typeof policyCase>

export const judged = z.object({
  engine: z.string(),
  decision: decisionWord,
  policy_ids: z.array(z.string()),
  masks: z.array(z.string()),
  approval: z
    .object({ quorum: z.number().int(), expires_in_seconds: z.number().int().nullable() })
    .nullable(),
  reason: z.string().nullable(),
  problem: z.string().nullable().describe('Why the call could not be judged; it is denied then'),
})
export type Judged = z.infer<typeof judged>

export const caseResult = z.object({
  case_id: z.string(),
  name: z.string(),
  passed: z.boolean(),
  expected: expectation,
  actual: judged,
})
export type CaseResult = z.infer<typeof caseResult>

export const flip = z.object({
  id: z.string().describe('Of the execution; of a refused call, the id under which its facts are kept'),
  occurred_at: z.iso.datetime(),
  tool_name: z.string(),
  recorded: z.object({ engine: z.string(), decision: decisionWord, policy_ids: z.array(z.string()) }),
  draft: judged,
})
export type Flip = z.infer<typeof flip>

export const replayInput = z.strictObject({
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  limit: z.number().int().min(1).max(1000).default(500).describe('Most calls to judge'),
  cursor: z.string().max(500).optional().describe('next_cursor of the page before'),
})
