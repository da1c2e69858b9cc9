import Link from 'next/link'
import { Badge } from '#components/ui/badge'
import { Table, Td, Th } from '#components/ui/table'
import type { Agent } from '#lib/identity/schema'
import { Time } from '../time.tsx'
import { visible } from '../visible.ts'

export const AgentBadge = ({ status }: { status: Agent['status'] }) => (
  <Badge tone={status === 'active' ? 'success' : 'neutral'}>
    {status === 'active' ? 'Active' : 'Disabled'}
  </Badge>
)

/** A client that registered itself is called what it calls itself. */
export const nameOf = ({ name }: { name: string }): string => visible(name)

/** Agents, newest first. @param base path of the agents' pages */
export function AgentsTable({ agents, base }: { agents: readonly Agent[]; base: string }) {
  return (
    <Table label="Agents">
      <thead>
        <tr>
          <Th>Name</Th>
          <Th>Status</Th>
          <Th>Owner</Th>
          <Th>Team</Th>
          <Th>Environment</Th>
          <Th>Last seen</Th>
        </tr>
      </thead>
      <tbody>
        {agents.map((agent) => (
          <tr key={agent.id}>
            <Td className="min-w-40">
              <Link
                href={`${base}/${agent.id}`}
                className="font-medium text-link underline-offset-2 wrap-anywhere hover:underline"
              >
                {nameOf(agent)}
              </Link>
              {agent.kind === 'client' && (
                <p className="mt-0.5 text-xs text-muted-fg">Registered itself: the name is its own word</p>
              )}
            </Td>
            <Td>
              <AgentBadge status={agent.status} />
            </Td>
            <Td className="wrap-anywhere">{agent.owner ?? 'Nobody'}</Td>
            <Td className="wrap-anywhere">{agent.team}</Td>
            <Td className="wrap-anywhere">{agent.environment}</Td>
            <Td className="whitespace-nowrap">
              <Time at={agent.last_seen_at} />
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}
