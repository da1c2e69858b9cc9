import {
  chosenRange,
  type Prices,
  recentRange,
  type UsageFilter,
  type UsageRange,
  type UsageRangeName,
  usageRanges,
} from '#lib/console'
import { type SearchParams, utc } from '../../filters.ts'

export const priceNames = ['call', 'event', 'account', 'seat'] as const satisfies readonly (keyof Prices)[]

export type AskedUsage = {
  /** What the address says, each name once. */
  given: Readonly<Record<string, string>>
  name: UsageRangeName | 'custom'
  range: UsageRange
  filter: UsageFilter
  /** Why the time or the filter cannot be used; then the usual is told. */
  fault: string | null
  prices: Prices
  currency: string
  priceFault: string | null
}

const usual: UsageRangeName = '30d'

const isRange = (name: string | undefined): name is UsageRangeName =>
  name !== undefined && Object.hasOwn(usageRanges, name)

const dayShape = /^\d{4}-\d\d-\d\d$/

/** A day, which is meant to its end where it is an end, or a moment; both of UTC where they name no zone. */
function momentOf(text: string, end: boolean): Date {
  if (dayShape.test(text)) return new Date(Date.parse(`${text}T00:00:00Z`) + (end ? 86_400_000 : 0))
  const moment = utc(text)
  return new Date(/(Z|[+-]\d\d:\d\d)$/.test(moment) ? moment : Number.NaN)
}

function rangeOf(
  { range, since, until }: Record<string, string>,
  now: Date,
): Pick<AskedUsage, 'name' | 'range' | 'fault'> {
  const name = isRange(range) ? range : usual
  const recent = { name, range: recentRange(name, now), fault: null }
  if (since === undefined && until === undefined) return recent
  const chosen = chosenRange(
    momentOf(since ?? '', false),
    until === undefined ? recentRange('24h', now).until : momentOf(until, true),
  )
  return typeof chosen === 'string'
    ? { ...recent, fault: chosen }
    : { name: 'custom', range: chosen, fault: null }
}

function pricesOf(given: Record<string, string>): Pick<AskedUsage, 'prices' | 'currency' | 'priceFault'> {
  const prices: Prices = { call: 0, event: 0, account: 0, seat: 0 }
  let priceFault: string | null = null
  for (const name of priceNames) {
    const text = given[`price_${name}`]
    if (text === undefined) continue
    if (/^\d{1,9}([.,]\d{1,9})?$/.test(text)) prices[name] = Number(text.replace(',', '.'))
    else priceFault = 'A price is a number such as 0.002.'
  }
  const currency = given.currency?.toUpperCase() ?? 'EUR'
  if (/^[A-Z]{3}$/.test(currency)) return { prices, currency, priceFault }
  return { prices, currency: 'EUR', priceFault: 'A currency is three letters, such as EUR.' }
}

/** Reads the time, the filter and the prices from an address. */
export async function readUsage(searchParams: SearchParams, now: Date): Promise<AskedUsage> {
  const given: Record<string, string> = {}
  for (const [name, value] of Object.entries(await searchParams)) {
    const text = (Array.isArray(value) ? value.at(-1) : value)?.trim()
    if (text) given[name] = text.slice(0, 100)
  }
  const { agent, connector } = given
  const badAgent = agent !== undefined && agent !== 'product' && !/^ag_[0-9a-f]{32}$/.test(agent)
  const badConnector = connector !== undefined && !/^[a-z][a-z0-9]{0,30}$/.test(connector)
  const { fault, ...time } = rangeOf(given, now)
  return {
    given,
    ...time,
    filter: {
      ...(agent !== undefined && !badAgent && { agent }),
      ...(connector !== undefined && !badConnector && { connector }),
    },
    fault: badAgent ? 'That is no agent.' : badConnector ? 'That is no connector.' : fault,
    ...pricesOf(given),
  }
}
