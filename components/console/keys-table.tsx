import { Badge } from '#components/ui/badge'
import { Table, Td, Th } from '#components/ui/table'
import { Time } from './time.tsx'

export type KeyVersion = {
  purpose: string
  version: number
  state: 'current' | 'retired' | 'destroyed'
  key_service: string
  key_id: string
  created_at: string
  retired_at: string | null
  destroyed_at: string | null
  /** Sealed values that stand under it. */
  sealed: number
}

const purposes: Record<string, string> = { data: 'Data key', hmac: 'Key of keyed hashes' }

const states = {
  current: { words: 'In use', tone: 'success' },
  retired: { words: 'Retired', tone: 'warning' },
  destroyed: { words: 'Destroyed', tone: 'neutral' },
} as const

const State = ({ of }: { of: KeyVersion }) => (
  <Badge tone={states[of.state].tone}>{states[of.state].words}</Badge>
)

/** Key versions, what each still seals, and what wraps it. */
export const KeysTable = ({ keys }: { keys: readonly KeyVersion[] }) => (
  <Table label="Key versions">
    <thead>
      <tr>
        <Th>Key</Th>
        <Th className="hidden sm:table-cell">State</Th>
        <Th className="text-right">Seals</Th>
        <Th className="hidden lg:table-cell">Created</Th>
        <Th className="hidden lg:table-cell">Retired</Th>
        <Th className="hidden lg:table-cell">Destroyed</Th>
      </tr>
    </thead>
    <tbody>
      {keys.map((key) => (
        <tr key={`${key.purpose}/${key.version}`}>
          <Td>
            <span className="font-medium">
              {purposes[key.purpose] ?? key.purpose}, version {key.version}
            </span>
            <span className="my-1 block sm:hidden">
              <State of={key} />
            </span>
            <span className="mt-0.5 block text-xs text-muted-fg">
              {key.state === 'destroyed' ? 'was wrapped by' : 'wrapped by'} {key.key_service}
              {key.key_id && (
                <>
                  {' '}
                  <code className="font-mono break-all">{key.key_id}</code>
                </>
              )}
            </span>
            <span className="block text-xs text-muted-fg lg:hidden">
              since <Time at={key.created_at} />
              {key.retired_at && key.state === 'retired' && (
                <>
                  , retired <Time at={key.retired_at} />
                </>
              )}
              {key.destroyed_at && (
                <>
                  , destroyed <Time at={key.destroyed_at} />
                </>
              )}
            </span>
          </Td>
          <Td className="hidden sm:table-cell">
            <State of={key} />
          </Td>
          <Td className="text-right tabular-nums">{key.purpose === 'data' ? key.sealed : '–'}</Td>
          {[key.created_at, key.retired_at, key.destroyed_at].map((at, column) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the columns are fixed
            <Td key={column} className="hidden whitespace-nowrap lg:table-cell">
              <Time at={at} absent="–" />
            </Td>
          ))}
        </tr>
      ))}
    </tbody>
  </Table>
)
