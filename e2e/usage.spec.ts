// The usage page over a month that was made up: what it says is what was seeded, on screen, by file and on paper.
import { randomUUID } from 'node:crypto'
import { axeFindings, ofColours } from './support/axe.ts'
import { asSuperuser, signIn } from './support/console.ts'
import { connectedAccount, expect, test } from './support/test.ts'

const org = `e2e-usage-${randomUUID().slice(0, 8)}`
const base = `/console/${org}`

/** Thirty days of calls: by three callers, of two connectors, some of which failed or were refused. */
async function seed() {
  const [row] = await asSuperuser(
    `UPDATE organizations SET name = 'Ruritania Rolling Stock' WHERE external_id = $1 RETURNING id`,
    [org],
  )
  const id = row?.id
  await asSuperuser(
    `INSERT INTO agents (org_id, id, name) SELECT $1, gen_random_uuid(), name FROM unnest(ARRAY['Billing assistant', 'Support triage']) AS name`,
    [id],
  )
  await asSuperuser(
    `INSERT INTO usage_hours (org_id, hour, agent_id, tool_name, status, reason, calls)
     SELECT $1, h, a.id, t.tool, t.status, t.reason,
       greatest(1, (t.calls * (1 + a.at) * (1.2 + sin(extract(epoch FROM h) / 13000)) * (1 + extract(day FROM now() - h) / -60))::int)
     FROM generate_series(date_trunc('hour', now()) - interval '31 days', date_trunc('hour', now()) - interval '1 hour', interval '1 hour') AS h,
       (SELECT id, row_number() OVER (ORDER BY name) AS at FROM agents WHERE org_id = $1) AS a,
       (VALUES ('github.list_issues', 'succeeded', '', 9), ('slack.post_message', 'succeeded', '', 5), ('github.list_issues', 'failed', 'upstream_error', 0.3),
         ('slack.post_message', 'denied', 'policy_denied', 0.6), ('github.list_issues', 'denied', 'rate_limited', 0.2)) AS t (tool, status, reason, calls)
     WHERE t.status = 'succeeded' OR extract(hour FROM h)::int % 3 = a.at % 3`,
    [id],
  )
  await asSuperuser(
    `INSERT INTO usage_durations (org_id, hour, connector, step, calls)
     SELECT $1, h, c.name, step, 40 - abs(step - c.middle) FROM generate_series(date_trunc('hour', now()) - interval '31 days', now(), interval '1 day') AS h,
       (VALUES ('github', 62), ('slack', 48)) AS c (name, middle), generate_series(30, 80) AS step WHERE abs(step - c.middle) < 20`,
    [id],
  )
  await asSuperuser(
    `INSERT INTO usage_renewals (org_id, hour, connector, outcome, renewals)
     SELECT $1, h, 'github', o.outcome, o.n + (extract(hour FROM h)::int % 3) FROM generate_series(date_trunc('hour', now()) - interval '30 days', now(), interval '6 hours') AS h,
       (VALUES ('renewed', 30), ('held', 1)) AS o (outcome, n)`,
    [id],
  )
  await asSuperuser(`INSERT INTO usage_marks (org_id, through) VALUES ($1, date_trunc('hour', now()))`, [id])
  await asSuperuser(
    `INSERT INTO limits (org_id, id, name, kind, most, per, by_operator, created_by)
     VALUES ($1, gen_random_uuid(), 'A day of each agent', 'daily_cost', 800, '{agent}', false, '{}'),
       ($1, gen_random_uuid(), 'A day of all', 'daily_cost', 2000, '{}', false, '{}')`,
    [id],
  )
}

test('what an organization used is said in words, pictures, tables, files and on paper', async ({
  page,
  api,
}) => {
  await connectedAccount(page, api, { org })
  await seed()
  await signIn(page, 'usage@example.test', org)
  await page.goto(`${base}/usage`)
  const calls = page.getByRole('figure', {
    name: /^Calls by outcome: 9\d(\.\d)?% of [\d,]+ calls succeeded$/,
  })
  await expect(calls).toBeVisible()
  await expect(page.getByRole('figure', { name: /^Cost by agent: Support triage spent/ })).toBeVisible()
  await expect(page.getByRole('figure', { name: /^Latency by connector: GitHub is slowest/ })).toBeVisible()

  // The file has what the picture has.
  const link = calls.getByRole('link', { name: 'Download calls by outcome (CSV)' })
  await calls.getByText('As a table').click()
  const file = await page.request.get((await link.getAttribute('href')) ?? '')
  const rows = (await file.text()).trim().split('\r\n').slice(1)
  const succeeded = rows.reduce((sum, line) => sum + Number(line.split(',')[1]), 0)
  await expect(calls.getByText(`Succeeded${succeeded.toLocaleString('en-GB')}`)).toBeVisible()

  // Prices of one's own.
  await page.getByLabel('Per call').fill('0.01')
  await page.getByRole('button', { name: 'Work it out' }).click()
  await page.waitForURL(/price_call=0.01/)
  await expect(page.getByRole('figure', { name: /^What the next month will come to: .*€/ })).toBeVisible()

  // A shorter time keeps the price.
  await page.getByRole('link', { name: 'Last 7 days' }).click()
  await page.waitForURL(/range=7d/)
  expect(page.url()).toContain('price_call=0.01')

  expect(await axeFindings(page)).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await axeFindings(page, ofColours)).toEqual([])
  const look = process.env.BEHALF_E2E_LOOK
  if (look) await page.screenshot({ path: `${look}/usage-dark.png`, fullPage: true })
  await page.emulateMedia({ colorScheme: 'light' })
  if (look) await page.screenshot({ path: `${look}/usage-light.png`, fullPage: true })
  await page.setViewportSize({ width: 320, height: 800 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  if (look) await page.screenshot({ path: `${look}/usage-320.png`, fullPage: true })

  // On paper: who, when, and the tables themselves; no controls.
  await page.setViewportSize({ width: 794, height: 1123 })
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByText('Ruritania Rolling Stock. ')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Print or save as PDF' })).toBeHidden()
  await expect(calls.getByRole('row')).not.toHaveCount(0)
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  if (look) {
    await page.screenshot({ path: `${look}/usage-print.png`, fullPage: true })
    await page.pdf({ path: `${look}/usage.pdf`, format: 'A4' })
  }
})

test('more calls than can be counted at once are not told as if they were all', async ({ page, api }) => {
  const busy = `${org}-busy`
  await connectedAccount(page, api, { org: busy })
  // All of this hour, which nobody counts before it is over.
  await asSuperuser(
    `INSERT INTO executions (org_id, id, account_id, connection_id, user_id, tool_name, effect, actor_type, actor_id, status,
       scopes_required, scopes_granted, decision, params_hmac, trace_id, duration_ms, created_at)
     SELECT a.org_id, (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n), 12, '0') || '7' || substr(md5(n::text), 1, 3)
         || '8' || substr(md5(n::text), 4, 15))::uuid,
       a.id, a.current_connection_id, a.user_id, 'sandbox.list_tasks', 'read', 'api_key', 'seed', 'succeeded', '{}', '{}',
       '{}', '', '', 40, now() - make_interval(secs => n / 1000.0)
     FROM connected_accounts a JOIN organizations o ON o.id = a.org_id, generate_series(1, 100001) n
     WHERE o.external_id = $1`,
    [busy],
  )
  await signIn(page, 'usage-busy@example.test', busy)
  await page.goto(`/console/${busy}/usage`)
  await expect(page.getByText('So many calls were made that the worker counts them first.')).toBeVisible()
  await expect(page.getByText('Nothing has been used yet')).toBeHidden()
  expect(await axeFindings(page)).toEqual([])
  // A time before them is told whole.
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)
  await page.goto(`/console/${busy}/usage?since=${day(9)}&until=${day(3)}`)
  await expect(page.getByRole('heading', { name: 'Usage' })).toBeVisible()
  await expect(page.getByText('So many calls were made')).toBeHidden()
})

test('the deployment’s operator sees what each organization used', async ({ page }) => {
  await signIn(page, 'usage-operator@example.test')
  await page.goto('/console/~/usage')
  await expect(page.getByRole('figure', { name: /^Cost by organization: / })).toBeVisible()
  expect(await axeFindings(page)).toEqual([])
  if (process.env.BEHALF_E2E_LOOK)
    await page.screenshot({ path: `${process.env.BEHALF_E2E_LOOK}/usage-orgs.png`, fullPage: true })
})
