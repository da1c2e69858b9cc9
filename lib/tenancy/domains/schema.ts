import { z } from 'zod'

export const domainInput = z.strictObject({
  hostname: z.string().min(1).max(300).describe('Such as connect.example.com; not a whole zone'),
})

export const domainChange = z.strictObject({
  primary: z.literal(true).describe('New links are made for this one from now on'),
})

const record = z.object({
  type: z.enum(['TXT', 'CNAME']),
  name: z.string(),
  value: z.string(),
})

const problem = z.object({
  record: z.enum(['TXT', 'CNAME', 'resolver', 'limit', 'taken']),
  name: z.string(),
  expected: z.string().nullable(),
  found: z.array(z.string()),
  says: z.string().describe('The same in words'),
})
export type DomainProblem = z.infer<typeof problem>

export const domain = z.object({
  id: z.string(),
  hostname: z.string(),
  status: z.enum(['pending', 'misconfigured', 'live']),
  primary: z.boolean().describe('Whether new links are made for it'),
  records: z.array(record).describe('What to publish'),
  problems: z.array(problem).describe('What the last check found wrong'),
  verified_domain: z
    .string()
    .nullable()
    .describe(
      'What the consent screen calls verified: the hostname, or a parent that has the TXT record too',
    ),
  checked_at: z.iso.datetime().nullable(),
  live_since: z.iso.datetime().nullable(),
  goes_down_at: z.iso.datetime().nullable().describe('When a live one ends whose records stay wrong'),
  created_at: z.iso.datetime(),
})
export type Domain = z.infer<typeof domain>
