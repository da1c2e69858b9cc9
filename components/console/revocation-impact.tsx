import { Fact, Facts } from './facts.tsx'

type Impact = {
  accounts: number
  people: number
  /** As it is read. */
  calls: string
  /** Names of whoever made those calls. */
  callers: readonly string[]
  waiting: number
  connectors: readonly { name: string; accounts: number; upstream: 'token' | 'grant' | 'none' }[]
}

const upstreamWords = {
  token: 'is told to revoke each',
  grant: 'is told where no other account rests on the same grant: there it ends all that the person granted',
  none: 'cannot be told: tokens die when they run out, or when the person removes the app there',
} as const

/** What a revocation would end and who would miss it, before anything is ended. */
export const RevocationImpactView = ({ accounts, people, calls, callers, waiting, connectors }: Impact) => (
  <section aria-labelledby="reaches" className="max-w-3xl">
    <h2 id="reaches" className="mb-3 font-semibold">
      What it reaches
    </h2>
    <Facts>
      <Fact name="Accounts">{accounts.toLocaleString('en')}</Fact>
      <Fact name="People">{people.toLocaleString('en')}</Fact>
      <Fact name="Calls in 7 days">{calls}</Fact>
      <Fact name="Made by">{callers.length === 0 ? 'Nobody' : callers.join(', ')}</Fact>
      <Fact name="Waiting calls">
        {waiting === 0
          ? 'None'
          : `${waiting} that ${waiting === 1 ? 'waits' : 'wait'} for people to approve, and would fail`}
      </Fact>
      <Fact name="At the providers">
        <ul className="grid gap-1">
          {connectors.map(({ name, accounts, upstream }) => (
            <li key={name}>
              {name} ({accounts.toLocaleString('en')}) {upstreamWords[upstream]}.
            </li>
          ))}
        </ul>
      </Fact>
    </Facts>
  </section>
)
