import { exploreAudit, namesIn, tallyAudit } from '#lib/audit'
import { exploreFilter } from '#lib/audit/schema'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { dayMs, idAt, iso, type Known, type Query } from './known.ts'

export function audit(tenant: Tenant, known: Known): Query[] {
  const { from, to } = known
  const filters: Record<string, Record<string, string>> = {
    all: {},
    'last hour': { since: iso(to - 3_600_000) },
    'last 7 days': { since: iso(to - 7 * dayMs) },
    'last 30 days': { since: iso(to - 30 * dayMs) },
    'a month a year ago': { since: iso(from + 20 * dayMs), until: iso(from + 50 * dayMs) },
    'one action': { action: 'tool.executed' },
    'rare action': { action: 'api_key.created' },
    'actions of policies': { action: 'policy.*' },
    'no such action': { action: 'nothing.done' },
    'not allowed': { outcome: 'denied,failed,unknown' },
    unknown: { outcome: 'unknown' },
    'one user': { user: 'user-5' },
    'a user of many': { user: 'user-0' },
    nobody: { user: 'nobody' },
    'frequent agent': { agent: publicId('agent', known.mostAgent) },
    'agent of some': { agent: publicId('agent', known.someAgent) },
    'agent of some, not allowed': { agent: publicId('agent', known.someAgent), outcome: 'denied' },
    'rare agent': { agent: publicId('agent', known.noAgent) },
    'no such agent': { agent: publicId('agent', idAt(from)) },
    'rare agent, not allowed': { agent: publicId('agent', known.noAgent), outcome: 'denied' },
    actor: { actor: publicId('agent', known.noAgent) },
    connector: { connector: 'github' },
    'rare connector': { connector: 'sandbox' },
    'no such connector': { connector: 'none' },
    'rare tool': { tool: 'sandbox.export_items' },
    'one account': { account: publicId('connected_account', known.account) },
    'trace of nothing': { trace: 'f'.repeat(32) },
    address: { ip: '203.0.113.7' },
    code: { code: 'account_paused' },
    'control changes': { view: 'changes' },
    'control changes of nobody': { view: 'changes', actor: 'nobody' },
    text: { text: 'export_items' },
    'text that is nowhere': { text: 'nowhere to be found' },
    'text that is nowhere, refused': { text: 'nowhere', outcome: 'denied' },
  }
  return Object.entries(filters).flatMap(([name, given]) => {
    const filter = exploreFilter.parse(given)
    return [
      ...[null, String(Math.floor(known.events / 10))].map((before) => ({
        name: `audit: ${name}${before ? ', far down' : ''}`,
        run: async () => namesIn(tenant, (await exploreAudit(tenant, filter, before, 50)).events),
      })),
      { name: `histograms: ${name}`, run: () => tallyAudit(tenant, filter) },
    ]
  })
}
