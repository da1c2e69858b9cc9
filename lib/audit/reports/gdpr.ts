import { forOrg } from '#lib/db'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import type { Cell, Report } from './document.ts'

type Period = { since: string; until: string }

type Activity = {
  connector: string
  purpose: string | null
  scopes: string[]
  people: bigint
  consents: bigint
  in_force: bigint
  first_at: Date
  last_at: Date
}
type Recipient = { agent_id: string | null; name: string | null; owner: string | null; consents: bigint }
type Use = { tool: string; outcome: string; calls: bigint; people: bigint }
type Facts = { input_days: number | null; audit_days: number | null; holds: bigint; users: bigint }

const activities = (tenant: Tenant, { since, until }: Period): Promise<Activity[]> =>
  forOrg(
    tenant,
    (tx) => tx.$queryRaw`
      SELECT a.connector, c.purpose, (SELECT array_agg(DISTINCT s ORDER BY s) FROM connections i
          JOIN connected_accounts b ON b.org_id = i.org_id AND b.id = i.account_id, unnest(i.scopes_granted) s
          WHERE i.org_id = ${tenant.orgId}::uuid AND b.connector = a.connector AND i.purpose IS NOT DISTINCT FROM c.purpose
            AND i.consented_at < ${new Date(until)}) AS scopes,
        count(DISTINCT c.user_id) AS people, count(*) FILTER (WHERE c.consented_at >= ${new Date(since)}) AS consents,
        count(*) FILTER (WHERE a.current_connection_id = c.id AND a.status <> 'revoked'
          AND (c.expires_at IS NULL OR c.expires_at > now())) AS in_force,
        min(c.consented_at) AS first_at, max(c.consented_at) AS last_at
      FROM connections c JOIN connected_accounts a ON a.org_id = c.org_id AND a.id = c.account_id
      WHERE c.org_id = ${tenant.orgId}::uuid AND c.consented_at < ${new Date(until)}
      GROUP BY a.connector, c.purpose ORDER BY a.connector, c.purpose NULLS FIRST LIMIT 10000`,
    60_000,
  )

const recipients = (tenant: Tenant, { until }: Period): Promise<Recipient[]> =>
  forOrg(
    tenant,
    (tx) => tx.$queryRaw`
      SELECT g.agent_id::text, ag.name, ag.owner, count(*) AS consents FROM connections c
      JOIN connection_grantees g ON g.org_id = c.org_id AND g.connection_id = c.id
      LEFT JOIN agents ag ON ag.org_id = g.agent_org_id AND ag.id = g.agent_id
      WHERE c.org_id = ${tenant.orgId}::uuid AND c.consented_at < ${new Date(until)} GROUP BY 1, 2, 3
      UNION ALL SELECT NULL, 'the product itself', NULL, count(*) FROM connections c
      WHERE c.org_id = ${tenant.orgId}::uuid AND c.grantee_product AND c.consented_at < ${new Date(until)}
      ORDER BY 4 DESC, 1 LIMIT 10000`,
    60_000,
  )

const uses = (tenant: Tenant, { since, until }: Period): Promise<Use[]> =>
  forOrg(
    tenant,
    (tx) => tx.$queryRaw`
      SELECT e.tool_name AS tool, e.outcome, count(*) AS calls, count(DISTINCT e.user_id) AS people
      FROM audit_events e WHERE e.org_id = ${tenant.orgId}::uuid AND e.action = 'tool.executed'
        AND e.tool_name IS NOT NULL AND e.occurred_at >= ${new Date(since)} AND e.occurred_at < ${new Date(until)}
      GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 10000`,
    60_000,
  )

const facts = (tenant: Tenant, fallbackDays: number | null): Promise<Facts[]> =>
  forOrg(
    tenant,
    (tx) => tx.$queryRaw`
      SELECT (o.settings ->> 'input_retention_days')::int AS input_days,
        coalesce((o.settings ->> 'audit_retention_days')::int, ${fallbackDays}::int) AS audit_days,
        (SELECT count(*) FROM legal_holds h WHERE h.org_id = o.id AND h.lifted_at IS NULL) AS holds,
        (SELECT count(*) FROM end_users u WHERE u.org_id = o.id AND u.deleted_at IS NULL) AS users
      FROM organizations o WHERE o.id = ${tenant.orgId}::uuid`,
  )

/** Read when its section is reached. */
async function* lazily<Row>(read: () => Promise<Row[]>, cells: (row: Row) => Cell[]): AsyncGenerator<Cell[]> {
  for (const row of await read()) yield cells(row)
}

const measures: readonly (readonly [string, string])[] = [
  [
    'separation',
    'Row level security of the database, forced on every table; one organization per transaction',
  ],
  [
    'encryption',
    'AES-256-GCM under a data key per organization, wrapped by the key service; TLS to providers',
  ],
  [
    'least access',
    'Agents never hold a credential; each call is held against consent, scopes, policy and limits',
  ],
  [
    'accountability',
    'Append-only audit with a hash chain; its heads are signed and kept outside the database',
  ],
  ['erasure', 'Destroying an organization’s or account’s keys destroys what they sealed, in backups too'],
]

/** GDPR Art. 30: what personal data is processed, for what, by whom, and how long. */
export async function processingReport(
  tenant: Tenant,
  period: Period,
  fallbackDays: number | null,
): Promise<Report> {
  const [known] = await facts(tenant, fallbackDays)
  const held = Number(known?.holds ?? 0)
  return {
    kind: 'gdpr_art30',
    title: 'Records of processing activities: evidence for GDPR Art. 30',
    intro:
      'What this system knows of the processing, from consents and the audit. Who the controller is, its representative and its data protection officer (Art. 30 (1) a) are for the controller to add.',
    facts: [
      ['organization', tenant.externalId],
      ['since', period.since],
      ['until', period.until],
      ['made at', new Date().toISOString()],
      ['categories of data subjects (c)', `end users of the product: ${known?.users ?? 0} at present`],
      ['erasure of inputs of calls (f)', `after ${known?.input_days ?? 30} days`],
      [
        'erasure of audit events (f)',
        `${known?.audit_days ? `after ${Math.max(known.audit_days, 30)} days` : 'not limited'}${held > 0 ? `; ${held} legal holds keep all of them for now` : ''}`,
      ],
      [
        'transfers to third countries (e)',
        'to the providers below, as each connects; where they process is for the controller to add',
      ],
    ],
    sections: [
      {
        id: 'activities',
        title: 'Purposes and categories of data (b, c)',
        note: 'By provider and by the purpose that people were told; the scopes name the categories of data.',
        columns: [
          'provider',
          'purpose',
          'scopes',
          'people',
          'consents_in_period',
          'in_force_now',
          'first',
          'last',
        ],
        rows: lazily(
          () => activities(tenant, period),
          (row) => [
            row.connector,
            row.purpose,
            (row.scopes ?? []).join(' '),
            Number(row.people),
            Number(row.consents),
            Number(row.in_force),
            row.first_at.toISOString(),
            row.last_at.toISOString(),
          ],
        ),
      },
      {
        id: 'recipients',
        title: 'Recipients (d)',
        note: 'Whom people have let use their accounts; beside them each provider itself.',
        columns: ['agent', 'name', 'owner', 'consents'],
        rows: lazily(
          () => recipients(tenant, period),
          (row) => [
            row.agent_id && publicId('agent', row.agent_id),
            row.name,
            row.owner,
            Number(row.consents),
          ],
        ),
      },
      {
        id: 'processing',
        title: 'Processing in the period',
        note: 'Calls by tool and outcome; what was denied never left.',
        columns: ['tool', 'outcome', 'calls', 'people'],
        rows: lazily(
          () => uses(tenant, period),
          (row) => [row.tool, row.outcome, Number(row.calls), Number(row.people)],
        ),
      },
      {
        id: 'measures',
        title: 'Security measures (g)',
        note: 'What this software does by itself; what it runs on is for the controller to add.',
        columns: ['measure', 'how'],
        rows: measures,
      },
    ],
  }
}
