import Link from 'next/link'
import { CallStatus } from '#components/console/calls'
import { Time } from '#components/console/time'
import { listCalls, listRefused, type WatchedAgent } from '#lib/console'
import { countWords } from '#lib/console/schema'
import type { Tenant } from '#lib/proof'

const link = 'text-link underline underline-offset-2'

/** Calls that are shown here; all of them are a list of their own. */
const shown = 8

type Props = {
  tenant: Tenant
  agent: WatchedAgent
  base: string
  may: { audit: boolean; accounts: boolean; evidence: boolean }
}

/** What an agent did last, made or refused, and where the rest of it is. */
export async function Done({ tenant, agent, base, may }: Props) {
  const [made, refused] = await Promise.all([
    listCalls(tenant, { agent_id: agent.id }, null, shown),
    listRefused(tenant, { agent_id: agent.id }, null, shown),
  ])
  const calls = [...made, ...refused.map(({ call }) => call)]
    .sort((one, other) => other.at.localeCompare(one.at))
    .slice(0, shown)
  const activity = `${base}/activity?agent_id=${agent.id}`
  return (
    <section aria-labelledby="done">
      <h2 id="done" className="font-semibold">
        What it did last
      </h2>
      {calls.length === 0 ? (
        <p className="mt-1 max-w-prose text-sm text-muted-fg">It has made no call yet.</p>
      ) : (
        <>
          <p className="mt-1 text-sm text-muted-fg">
            In 7 days:{' '}
            <Link href={activity} className={link}>
              {countWords(agent.calls)} made
            </Link>
            ,{' '}
            <Link href={`${activity}&status=refused`} className={link}>
              {countWords(agent.refused)} refused
            </Link>
            .
          </p>
          <ul className="mt-3 divide-y divide-border rounded-card border border-border bg-card">
            {calls.map((call) => (
              <li key={call.id} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-4 py-2.5 text-sm">
                <span className="min-w-40 flex-1 wrap-anywhere">
                  {call.status === 'refused' ? (
                    call.tool_name
                  ) : (
                    <Link
                      href={`${base}/activity/${call.id}`}
                      className="text-link underline-offset-2 hover:underline"
                    >
                      {call.tool_name}
                    </Link>
                  )}
                  {call.user_id !== null && <span className="text-muted-fg"> for {call.user_id}</span>}
                </span>
                <CallStatus status={call.status} />
                <span className="text-xs text-muted-fg">
                  <Time at={call.at} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-sm">
        {may.accounts && (
          <Link href={`${base}/accounts?agent_id=${agent.id}`} className={link}>
            Accounts that it may use or used
          </Link>
        )}
        {may.audit && (
          <Link href={`${base}/audit?agent=${agent.id}`} className={link}>
            Its events in the audit
          </Link>
        )}
        {may.evidence && (
          <a href={`${base}/audit/evidence?agent=${agent.id}&range=30d&format=json`} className={link}>
            Evidence of 30 days, as a file that proves itself
          </a>
        )}
      </p>
    </section>
  )
}
