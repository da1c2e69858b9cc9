import { RevocationImpactView } from '#components/console/revocation-impact'
import type { RevocationImpact } from '#lib/console'
import { countWords } from '#lib/console/schema'
import type { Caller, Tenant } from '#lib/proof'
import { connectors } from '#runtime'
import { connectorNames } from '../../connector-names.ts'
import { namesOf } from '../accounts/[id]/grantees.ts'

type Props = { tenant: Tenant; caller: Caller; impact: RevocationImpact }

/** What a revocation would end and who would miss it, with the names of whom and what it is about. */
export async function Impact({ tenant, caller, impact }: Props) {
  const names = await namesOf(caller, tenant, impact.agents)
  return (
    <RevocationImpactView
      {...impact}
      calls={countWords(impact.calls)}
      callers={[
        ...impact.agents.map((id) => names[id] ?? id),
        ...(impact.product ? ['the product itself'] : []),
      ]}
      connectors={impact.connectors.map(({ connector, accounts }) => ({
        name: connectorNames[connector] ?? connector,
        accounts,
        upstream: upstreamOf(connector),
      }))}
    />
  )
}

/** What the provider can be told about a token; one whose connector is gone cannot be. */
function upstreamOf(connector: string): 'token' | 'grant' | 'none' {
  const revoke = connectors[connector]?.auth.revoke ?? null
  return revoke === null ? 'none' : revoke.endsWiderGrant ? 'grant' : 'token'
}
