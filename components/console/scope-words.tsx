import type { Risk } from '#lib/connector-kit/schema'

/** One scope in the words of the consent screen; a scope that the connector no longer knows has only its name. */
export type ScopeWords = { scope: string; does: string | null; risk: Risk | null }

const risks: Record<Risk, { words: string; color: string }> = {
  read: { words: 'Read', color: 'bg-risk-read' },
  write: { words: 'Write', color: 'bg-risk-write' },
  send: { words: 'Send', color: 'bg-risk-send' },
  admin: { words: 'Delete or administer', color: 'bg-risk-admin' },
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** What scopes let an agent do, each with the provider's own name for it. */
export function ScopeList({ scopes }: { scopes: readonly ScopeWords[] }) {
  if (scopes.length === 0) return <p className="text-sm text-muted-fg">None.</p>
  return (
    <ul className="grid gap-2">
      {scopes.map(({ scope, does, risk }) => (
        <li key={scope} className="flex items-start gap-2.5 text-sm">
          <span
            aria-hidden
            className={`mt-1.5 size-2 shrink-0 rounded-pill ${risk ? risks[risk].color : 'bg-border'}`}
          />
          <span className="min-w-0">
            {does && <span className="block">{capital(does)}</span>}
            <span className="text-xs text-muted-fg">
              {risk && `${risks[risk].words} · `}
              <code className="break-all font-mono">{scope}</code>
            </span>
          </span>
        </li>
      ))}
    </ul>
  )
}
