import { AppError } from '#lib/errors'
import { resource, route } from '#lib/http'
import { tenantFrom } from '#lib/tenancy'
import { broker, key } from '#runtime'
import { toolRequirements } from './contract.ts'

export const { GET, POST, PUT, PATCH, DELETE } = resource(
  {
    POST: route(toolRequirements, {
      authenticate: key('read'),
      handle: async ({ caller, body }) => {
        const tenant = await tenantFrom(caller, body.org_id)
        const tools = await broker.listTools({ tenant, caller, userId: body.user_id }, { names: body.tools })
        const stranger = body.tools.find((name) => !tools.some((tool) => tool.name === name))
        if (stranger !== undefined)
          throw new AppError('not_found', { detail: `There is no tool ${stranger}.` })
        const wanting = tools.filter((tool) => !tool.available)
        const connectors = [...new Set(wanting.map((tool) => tool.connector))].map((connector) => ({
          connector,
          scopes: [
            ...new Set(
              wanting.flatMap((tool) => (tool.connector === connector ? (tool.scopes[0] ?? []) : [])),
            ),
          ],
        }))
        return {
          ready: wanting.length === 0,
          tools: tools.map(({ name, available, missing }) => ({ name, available, missing })),
          connectors,
        }
      },
    }),
  },
  key('read'),
)
