import type { Metadata } from 'next'
import { ConfirmAction } from '#components/console/confirm-action'
import { AddDomain, CheckDomain, DomainCard } from '#components/console/domains'
import { domainLimits, listDomains } from '#lib/tenancy'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { addDomain, checkDomain, makePrimary, removeDomain } from './actions.ts'

export const metadata: Metadata = { title: 'Domains' }

export default async function DomainsPage({ params }: { params: Promise<{ org: string }> }) {
  const admin = await requireOrg((await params).org, 'domains.read')
  const { tenant } = admin
  const domains = await listDomains(tenant)
  const org = pathOf(tenant).slice('/console/'.length)
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="domains">
      <h1 className="text-xl font-semibold tracking-tight">Domains</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        The portal at a hostname of your own. Publish two records; then links are made for it, and the consent
        screen calls it verified. {domainLimits.live} may be live at once, for a move.
      </p>
      <AddDomain action={addDomain.bind(null, org)} />
      <div className="mt-8 grid gap-5">
        {domains.length === 0 && <p className="text-sm text-muted-fg">There is no domain yet.</p>}
        {domains.map((domain) => (
          <DomainCard key={domain.id} domain={domain}>
            <CheckDomain action={checkDomain.bind(null, org, domain.id)} hostname={domain.hostname} />
            {domain.status === 'live' && !domain.primary && (
              <ConfirmAction
                action={makePrimary.bind(null, org, domain.id)}
                label="Make primary"
                title={`Make new links for ${domain.hostname}?`}
                confirm="Make primary"
              >
                <p>Links that are out already keep the address that they have.</p>
              </ConfirmAction>
            )}
            <ConfirmAction
              action={removeDomain.bind(null, org, domain.id)}
              label="Remove"
              title={`Remove ${domain.hostname}?`}
              confirm="Remove"
              variant="danger"
            >
              {domain.status === 'live' ? (
                <p>
                  Links with this address stop working at once. Whoever is in the middle has to start again.
                </p>
              ) : (
                <p>It serves nothing yet. Its TXT value is not given out again.</p>
              )}
            </ConfirmAction>
          </DomainCard>
        ))}
      </div>
    </ConsoleShell>
  )
}
