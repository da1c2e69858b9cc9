import { listIncidents } from '#lib/connect'
import type { Incident } from '#lib/connect/schema'
import { type Command, columns, readArgs } from './command.ts'
import { withInstance } from './here.ts'
import { tenantNamed } from './tenant-named.ts'

const shownMost = 50

export const incidentsList: Command = {
  name: 'incidents list',
  usage: '[--org ORG]',
  summary:
    "providers that refuse too many renewals alike, newest first; without --org the deployment's clients",
  async run(args, { env, print }) {
    const { options } = readArgs(args, ['org'])
    return withInstance(env, async () => {
      const found = await listIncidents(await tenantNamed(options.org), null, shownMost)
      if (found.length === 0) print('no incidents')
      else for (const line of columns([heading, ...found.map(row)])) print(line)
      return 0
    })
  },
}

const heading = ['ID', 'CONNECTOR', 'CLIENT', 'ERROR', 'SINCE', 'STATE', 'HELD']

const row = (incident: Incident): string[] => [
  incident.id,
  incident.connector,
  incident.auth_config_name,
  incident.error_code,
  `${incident.started_at.slice(0, 16)}Z`,
  incident.resolution ?? 'open',
  incident.held === null ? '-' : `${incident.held} accounts`,
]
