import { NewToolset, ToolsetCard } from '#components/console/agents/toolsets'
import { ConfirmAction } from '#components/console/confirm-action'
import { listToolsets } from '#lib/identity'
import type { Tenant } from '#lib/proof'
import { addToolset, removeToolset } from '../actions.ts'

const most = 50

type Props = { tenant: Tenant; agentId: string; publicId: string; segment: string; manages: boolean }

/** The named parts of the tools that are this agent's, or every agent's. */
export async function Toolsets({ tenant, agentId, publicId, segment, manages }: Props) {
  const toolsets = await listToolsets(tenant, null, most, agentId)
  return (
    <section className="mt-10">
      <h2 className="font-semibold">Toolsets</h2>
      <p className="mt-1 mb-4 max-w-prose text-sm text-muted-fg">
        A named part of the tools at an MCP endpoint of its own. It offers less than there is, and gives
        nobody anything.
      </p>
      <div className="grid gap-5 lg:grid-cols-2">
        {toolsets.map((toolset) => (
          <ToolsetCard key={toolset.id} toolset={toolset}>
            {manages && (
              <ConfirmAction
                action={removeToolset.bind(null, segment, toolset.id)}
                label={`Remove ${toolset.name}`}
                title={`Remove ${toolset.name}?`}
                confirm="Remove"
                variant="danger"
              >
                <p>Clients that use its address find nothing there any more.</p>
              </ConfirmAction>
            )}
          </ToolsetCard>
        ))}
      </div>
      {!manages && toolsets.length === 0 && <p className="text-sm text-muted-fg">It has none.</p>}
      {manages && (
        <>
          <h3 className="mt-6 mb-3 font-semibold">Add a toolset</h3>
          <div className="max-w-xl">
            <NewToolset action={addToolset.bind(null, segment, publicId)} />
          </div>
        </>
      )}
    </section>
  )
}
