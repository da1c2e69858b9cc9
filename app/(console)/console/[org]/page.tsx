import type { Metadata } from 'next'
import Link from 'next/link'
import { NeedsYou } from '#components/console/attention'
import { buttonClass } from '#components/ui/button'
import { Empty } from '#components/ui/empty'
import { heldThroughDeployment, openIncidents } from '#lib/connect'
import { attentionOf, firstStepsOf } from '#lib/console'
import { permits } from '#lib/identity/schema'
import { getOrg } from '#lib/tenancy'
import { connectorNames } from '../connector-names.ts'
import { scopeRules } from '../scope-rules.ts'
import { pathOf, requireOrg } from '../session.ts'
import { ConsoleShell } from '../shell.tsx'

export const metadata: Metadata = { title: 'Overview' }

export default async function OverviewPage({ params }: { params: Promise<{ org: string }> }) {
  const admin = await requireOrg((await params).org, 'overview.read')
  const { tenant, caller } = admin
  const [attention, incidents, held, org, steps] = await Promise.all([
    attentionOf(tenant, scopeRules),
    openIncidents(tenant),
    heldThroughDeployment(tenant),
    getOrg(tenant),
    permits(caller.role, 'api_keys.read') ? firstStepsOf(tenant) : null,
  ])
  const base = pathOf(tenant)
  return (
    <ConsoleShell admin={admin} org={org} here="overview">
      <h1 className="text-xl font-semibold tracking-tight wrap-anywhere">{org.name}</h1>
      {steps?.account === null && !steps.called && (
        <div className="mt-6">
          <Empty
            title="Nothing is connected yet"
            action={
              <Link href={`${base}/quickstart`} className={buttonClass()}>
                Open the quickstart
              </Link>
            }
          >
            It leads from a key to the first call on behalf of a user, with this organization’s ids filled in.
          </Empty>
        </div>
      )}
      <section className="mt-6" aria-labelledby="attention">
        <h2 id="attention" className="mb-3 font-semibold">
          What needs attention
        </h2>
        <NeedsYou
          attention={attention}
          incidents={[...incidents, ...held].map(({ connector }) => connector)}
          connectorNames={connectorNames}
          base={base}
          may={(permission) => permits(caller.role, permission)}
        />
      </section>
      <p className="mt-6 text-sm text-muted-fg">
        Everything else is as it was left.{' '}
        <Link href={`${base}/activity`} className="text-link underline underline-offset-2">
          What agents did last
        </Link>
      </p>
    </ConsoleShell>
  )
}
