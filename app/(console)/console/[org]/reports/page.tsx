import type { Metadata } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { CheckpointsTable, HoldsTable, StreamsTable } from '#components/console/audit/kept'
import { PlaceHold, SignNow, StreamForm } from '#components/console/audit/kept-forms'
import { ReportForm } from '#components/console/audit/report-form'
import { listCheckpoints, listHolds, listStreams } from '#lib/audit'
import { config } from '#lib/config'
import { permits } from '#lib/identity/schema'
import { getOrg } from '#lib/tenancy'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { addStream, endStream, liftHold, pauseStream, placeHold, signNow } from './actions.ts'

export const metadata: Metadata = { title: 'Reports' }

const dayMs = 86_400_000
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)

export default async function ReportsPage({ params }: { params: Promise<{ org: string }> }) {
  const admin = await requireTenant((await params).org, 'audit.read')
  const { tenant, caller } = admin
  const base = pathOf(tenant)
  const segment = base.slice('/console/'.length)
  const own = !isDeployment(tenant)
  const [holds, streams, checkpoints, org] = await Promise.all([
    own ? listHolds(tenant) : [],
    listStreams(tenant),
    listCheckpoints(tenant, null, 7),
    own ? getOrg(tenant) : null,
  ])
  const mayExport = permits(caller.role, 'audit.export')
  const mayManage = permits(caller.role, 'audit.manage')
  const period = { since: dayOf(Date.now() - 89 * dayMs), until: dayOf(Date.now()) }
  const days = org?.settings.audit_retention_days ?? config().audit.retentionDays
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="reports">
      <h1 className="text-xl font-semibold tracking-tight">Reports</h1>
      <p className="mt-1 mb-6 text-sm text-muted-fg">
        What auditors ask for, and what keeps it.{' '}
        <Link href={`${base}/audit`} className="text-link underline underline-offset-2">
          Evidence of single events
        </Link>{' '}
        is downloaded where they are looked at.
      </p>
      <div className="grid gap-8">
        {mayExport && (
          <div className="grid gap-4 xl:grid-cols-2 2xl:grid-cols-3">
            {own && (
              <ReportForm
                title="Logical access (SOC 2 CC6.1)"
                about="Each call of a tool: the consent it rested on, whether that was in force, the credential, the scopes, and what policy decided. Also every change of access."
                action={`${base}/reports/soc2_cc6_1`}
                period={period}
                formats={[
                  { value: 'html', words: 'To print' },
                  { value: 'json', words: 'JSON' },
                ]}
              />
            )}
            {own && (
              <ReportForm
                title="Records of processing (GDPR Art. 30)"
                about="Purposes, categories of data, recipients, retention and measures, with what was processed."
                action={`${base}/reports/gdpr_art30`}
                period={period}
                formats={[
                  { value: 'html', words: 'To print' },
                  { value: 'json', words: 'JSON' },
                ]}
              />
            )}
            <ReportForm
              title="All events"
              about="Every event of the period. NDJSON is checked offline by behalf verify-audit; OCSF is for a SIEM."
              action={`${base}/reports/events`}
              period={period}
              formats={[
                { value: 'ndjson', words: 'NDJSON' },
                { value: 'csv', words: 'CSV' },
                { value: 'ocsf', words: 'OCSF 1.3' },
              ]}
            />
          </div>
        )}
        <Section
          title="Signed heads"
          about="Each says up to which event the chain was what it is, under a published key. The last of each day is listed."
        >
          <CheckpointsTable checkpoints={checkpoints} />
          {mayManage && <SignNow action={signNow.bind(null, segment)} />}
        </Section>
        {own && (
          <Section
            title="Retention and legal holds"
            about={`${days === null ? 'Events are kept for ever.' : `Events are kept for ${days} days.`} While a hold stands, nothing of the audit is let go of.`}
          >
            <HoldsTable
              holds={holds}
              lift={mayManage && caller.reach === null ? liftHold.bind(null, segment) : null}
            />
            {mayManage && <PlaceHold action={placeHold.bind(null, segment)} />}
          </Section>
        )}
        <Section
          title="Streams"
          about="Events go to a collector as they happen, in the order of the chain, each at least once."
        >
          <StreamsTable
            streams={streams}
            pause={mayManage ? pauseStream.bind(null, segment) : null}
            end={mayManage ? endStream.bind(null, segment) : null}
          />
          {mayManage && <StreamForm action={addStream.bind(null, segment)} />}
        </Section>
      </div>
    </ConsoleShell>
  )
}

const Section = ({ title, about, children }: { title: string; about: string; children: ReactNode }) => (
  <section className="grid gap-3">
    <div>
      <h2 className="text-base font-semibold">{title}</h2>
      <p className="text-sm text-muted-fg">{about}</p>
    </div>
    {children}
  </section>
)
