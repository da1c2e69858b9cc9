import { McpClients } from '#components/console/agents/mcp-clients'
import { Card } from '#components/ui/card'
import { config } from '#lib/config'
import type { Tenant } from '#lib/proof'
import { isDeployment } from '../../session.ts'

/** The MCP endpoint of an org; the deployment's own agents work in many, and have that of all. */
const endpointOf = (tenant: Tenant): string =>
  `${config().publicUrl}/mcp${isDeployment(tenant) ? '' : `/orgs/${tenant.externalId}`}`

/** How to add this organization's tools to an MCP client. */
export const ConnectClient = ({ tenant }: { tenant: Tenant }) => (
  <section className="max-w-3xl" aria-labelledby="connect-client">
    <h2 id="connect-client" className="font-semibold">
      Connect an MCP client
    </h2>
    <p className="mt-1 mb-4 max-w-prose text-sm text-muted-fg">
      Whoever adds this address signs in and chooses what the client may use. An agent with a credential of
      its own brings a token instead.
    </p>
    <Card className="px-5 pt-5 pb-1">
      <McpClients url={endpointOf(tenant)} group="mcp" />
    </Card>
  </section>
)
