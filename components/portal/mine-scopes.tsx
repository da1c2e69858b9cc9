import type { WordedScope } from '#lib/connect/schema'
import type { Risk } from '#lib/connector-kit/schema'
import { classes } from '../ui/classes.ts'

const paint: Record<Risk, string> = {
  read: 'bg-risk-read',
  write: 'bg-risk-write',
  send: 'bg-risk-send',
  admin: 'bg-risk-admin',
}

export const RiskDot = ({ risk }: { risk: Risk | null }) => (
  <span
    aria-hidden="true"
    className={classes('mt-[0.45em] size-2 shrink-0 rounded-pill', risk ? paint[risk] : 'bg-border')}
  />
)

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** What scopes permit, one line each. */
export const Scopes = ({ scopes }: { scopes: readonly WordedScope[] }) => (
  <ul className="grid gap-1">
    {scopes.map(({ scope, does, risk }) => (
      <li key={scope} className="flex items-start gap-2.5">
        <RiskDot risk={risk} />
        <span className="min-w-0">{capital(does)}</span>
      </li>
    ))}
  </ul>
)

type Limit = { kind: string; title: string; items: readonly { id: string; label: string }[] }

/** What it may be done with, where a person picked that. */
export const Reach = ({ limits }: { limits: readonly Limit[] }) =>
  limits.map(({ kind, title, items }) => (
    <p key={kind} className="mt-2 text-muted-fg">
      {title}: <span className="text-fg">{items.map(({ label }) => label).join(', ')}</span>
    </p>
  ))
