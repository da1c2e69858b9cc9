import { AppError } from '#lib/errors'
import { resource, route } from '#lib/http'
import { userFrom } from '#lib/identity'
import { tenantFrom } from '#lib/tenancy'
import { agentOrKey, broker } from '#runtime'
import { toolRequirements } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(toolRequirements, {
      authenticate: agentOrKey('read', 'tools:read'),
      handle: async ({ caller, body }) => {
        const tenant = await tenantFrom(caller, body.org_id)
        const userId = (await userFrom(tenant, caller, body.user_id)) ?? body.user_id
        const tools = await broker.listTools({ tenant, caller, userId }, { names: body.tools })
        const stranger = body.tools.find((name) => !tools.some((tool) => tool.name === name))
        if (stranger !== undefined)
          throw new AppError('not_found', { detail: `There is no tool ${stranger}.` })
        const lacking = tools.filter((tool) => !tool.available)
        // What no consent would change is not worth asking a person for.
        const wanting = lacking.filter((tool) => tool.blocked === null)
        const connectors = [...new Set(wanting.map((tool) => tool.connector))].map((connector) => ({
          connector,
          scopes: [...new Set(wanting.flatMap((tool) => (tool.connector === connector ? tool.wanted : [])))],
        }))
        return {
          ready: lacking.length === 0,
          tools: tools.map(({ name, available, missing, blocked }) => ({
            name,
            available,
            missing,
            blocked,
          })),
          connectors,
        }
      },
    }),
  },
  agentOrKey('read', 'tools:read'),
)
