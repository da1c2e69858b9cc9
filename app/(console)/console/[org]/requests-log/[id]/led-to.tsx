import Link from 'next/link'

const link = 'text-link underline underline-offset-2'
const code = (text: string) => <code className="font-mono text-xs break-all">{text}</code>

type Props = {
  base: string
  executions: readonly { id: string; tool_name: string; status: string }[]
  /** Newest first, as the audit finds them. */
  events: readonly { id: string; action: string; outcome: string }[]
  /** Whether all of the audit around the request was looked through; where there is much, the time for it may be up first. */
  whole: boolean
  mayAudit: boolean
}

/** The calls and the events of the audit that a request led to. */
export function LedTo({ base, executions, events, whole, mayAudit }: Props) {
  const none = executions.length === 0 && events.length === 0
  return (
    <>
      {none && whole && (
        <p className="text-sm text-muted-fg">No call of a tool, and no event of the audit.</p>
      )}
      {!none && (
        <ul className="grid gap-2 text-sm">
          {executions.map(({ id, tool_name, status }) => (
            <li key={id}>
              <Link href={`${base}/activity/${id}`} className={link}>
                {code(id)}
              </Link>{' '}
              {tool_name}, {status}
            </li>
          ))}
          {events.toReversed().map(({ id, action, outcome }) => (
            <li key={id}>
              {mayAudit ? (
                <Link href={`${base}/audit?event=${id}`} className={link}>
                  {code(action)}
                </Link>
              ) : (
                code(action)
              )}{' '}
              {outcome}, in the audit
            </li>
          ))}
        </ul>
      )}
      {!whole && (
        <p className="mt-2 text-sm text-muted-fg">
          So much happened around it that not all of the audit was looked through: it may have led to more.
        </p>
      )}
    </>
  )
}
