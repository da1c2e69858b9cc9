import { Badge } from '#components/ui/badge'
import type { Connection } from '#lib/consent/schema'
import { Fact, Facts } from './facts.tsx'
import { ScopeList, type ScopeWords } from './scope-words.tsx'
import { Time } from './time.tsx'

type Props = {
  /** Oldest first. */
  connections: readonly Connection[]
  /** Id of the one in force, if any is. */
  current: string | null
  wordsOf: (scope: string) => ScopeWords
  granteeNames: Readonly<Record<string, string>>
  /** The address under which each consent's receipt is to be had. */
  receipts: string
}

/** Every consent of an account with its evidence, from the first to the last. */
export function ConsentHistory({ connections, current, wordsOf, granteeNames, receipts }: Props) {
  return (
    <ol className="grid gap-4">
      {connections.map((connection, index) => (
        <li key={connection.id} className="rounded-card border border-border bg-card p-4 text-card-fg sm:p-5">
          <h3 className="flex flex-wrap items-center gap-2 text-sm font-semibold">
            Consent {index + 1}
            {connection.id === current && <Badge tone="success">In force</Badge>}
          </h3>
          <div className="mt-3">
            <Facts>
              <Fact name="Given">
                <Time at={connection.consented_at} /> by {connection.consented_by}
              </Fact>
              <Fact name="Given to">{grantees(connection, granteeNames)}</Fact>
              <Fact name="Purpose">
                {connection.purpose ?? <span className="text-muted-fg">Not stated</span>}
              </Fact>
              <Fact name="Ends">
                <Time at={connection.expires_at} absent="When it is taken back" />
              </Fact>
              <Fact name="Granted">
                <ScopeList scopes={connection.scopes.map(wordsOf)} />
              </Fact>
              <Fact name="Refused">
                <ScopeList scopes={connection.scopes_refused.map(wordsOf)} />
              </Fact>
              <Fact name="Receipt">
                <a
                  href={`${receipts}/${connection.id}`}
                  download
                  className="font-mono text-xs break-all text-link underline-offset-2 hover:underline"
                >
                  {connection.id}
                </a>
              </Fact>
            </Facts>
          </div>
          <details className="mt-3 text-sm">
            <summary className="cursor-pointer text-link">
              Exact text that was shown ({connection.locale})
            </summary>
            <pre className="mt-2 whitespace-pre-wrap rounded-control bg-muted p-3 font-mono text-xs wrap-anywhere text-muted-fg">
              {connection.consent_text}
            </pre>
            <p className="mt-2 text-xs text-muted-fg">
              SHA-256 <code className="font-mono break-all">{connection.consent_hash}</code>
            </p>
          </details>
        </li>
      ))}
    </ol>
  )
}

const grantees = ({ grantees: ids }: Connection, names: Props['granteeNames']): string =>
  ids.length === 0
    ? 'The product itself'
    : ids.map((id) => (names[id] ? `${names[id]} (${id})` : id)).join(', ')
