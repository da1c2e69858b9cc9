import { Badge } from '#components/ui/badge'
import { visible } from '../visible.ts'

export const AgentBadge = ({ status }: { status: 'active' | 'disabled' }) => (
  <Badge tone={status === 'active' ? 'success' : 'neutral'}>
    {status === 'active' ? 'Active' : 'Disabled'}
  </Badge>
)

/** A client that registered itself is called what it calls itself. */
export const nameOf = ({ name }: { name: string }): string => visible(name)
