import type { ReactNode } from 'react'
import { Table, Td, Th } from '#components/ui/table'
import { classes } from '../../ui/classes.ts'

type Kind = 'rate' | 'concurrency' | 'daily_calls' | 'daily_cost'

export type LimitRow = {
  key: string
  name: string
  kind: Kind
  most: number
  windowSeconds: number | null
  per: readonly string[]
  /** For which calls it holds, where not for all. */
  only: string | null
  isDefault: boolean
  used: number
  /** For whom it is used that far. */
  where: string
  /** What may be done with it. */
  act: ReactNode
}

const count = (number: number) => number.toLocaleString('en')
const calls = (number: number) => `${count(number)} ${number === 1 ? 'call' : 'calls'}`

/** What a limit allows, as people say it. */
export function allows({ kind, most, windowSeconds }: Pick<LimitRow, 'kind' | 'most' | 'windowSeconds'>) {
  switch (kind) {
    case 'rate':
      return `${calls(most)} in ${windowSeconds === 60 ? 'a minute' : windowSeconds === 3600 ? 'an hour' : `${count(windowSeconds ?? 0)} seconds`}`
    case 'concurrency':
      return `${calls(most)} at the same time`
    case 'daily_calls':
      return `${calls(most)} a day (UTC)`
    case 'daily_cost':
      return `${count(most)} cost ${most === 1 ? 'unit' : 'units'} a day (UTC)`
  }
}

/** How far a limit is used, where it is used most. */
const Used = ({ name, used, most, where }: Pick<LimitRow, 'name' | 'used' | 'most' | 'where'>) => (
  <div className="grid min-w-32 gap-1">
    <meter
      aria-label={`Used of ${name}`}
      min={0}
      max={most}
      value={Math.min(used, most)}
      high={most * 0.8}
      optimum={0}
      className="h-2.5 w-full"
    />
    <span className="text-xs text-muted-fg tabular-nums wrap-anywhere">
      {count(used)} of {count(most)}
      {where !== '' && used > 0 && `: ${where}`}
    </span>
  </div>
)

/** The limits that hold, with their present use. */
export const LimitsTable = ({ limits, acts }: { limits: readonly LimitRow[]; acts: boolean }) => (
  <Table label="Limits">
    <thead>
      <tr>
        <Th>Limit</Th>
        <Th>Used now</Th>
        <Th className="hidden md:table-cell">Holds for</Th>
        {acts && <Th>Change it</Th>}
      </tr>
    </thead>
    <tbody>
      {limits.map((limit) => (
        <tr key={limit.key}>
          <Td>
            <span
              className={classes(
                'font-medium wrap-anywhere',
                limit.isDefault && 'block first-letter:uppercase',
              )}
            >
              {limit.name}
            </span>
            <span className="mt-0.5 block text-xs text-muted-fg">
              {allows(limit)}
              {limit.per.length > 0 && `, for each ${limit.per.join(' and ')}`}
              {limit.isDefault && '. Default of the deployment'}
            </span>
          </Td>
          <Td>
            <Used {...limit} />
          </Td>
          <Td className="hidden wrap-anywhere md:table-cell">{limit.only ?? 'All calls'}</Td>
          {acts && <Td>{limit.act}</Td>}
        </tr>
      ))}
    </tbody>
  </Table>
)
