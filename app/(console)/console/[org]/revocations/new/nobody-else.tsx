import Link from 'next/link'
import { Alert } from '#components/ui/alert'

const link = 'text-link underline underline-offset-2'

/** What can be done where nobody else could approve: there is always something. */
export const NobodyElse = ({
  base,
  mayInvite,
  mayStop,
  everywhere,
}: {
  base: string
  mayInvite: boolean
  mayStop: boolean
  everywhere: boolean
}) => (
  <Alert tone="warning" title="Nobody else here could approve this">
    <p>It takes a second owner or security admin. Until there is one, you can</p>
    <ul className="mt-1 grid list-disc gap-1 ps-5">
      {mayStop && (
        <li>
          <Link href={`${base}/stops/new?step=confirm&type=${everywhere ? 'all' : 'org'}`} className={link}>
            stop all calls now
          </Link>
          , which one person may: credentials stay, and nothing uses them.
        </li>
      )}
      <li>
        {mayInvite ? (
          <Link href={`${base}/members`} className={link}>
            invite a second one
          </Link>
        ) : (
          'have an owner invite a second one'
        )}
        . What you ask for here waits for them.
      </li>
      {!everywhere && <li>revoke connector by connector, or user by user: each takes you alone.</li>}
      <li>
        have your backend do it: <code className="font-mono text-xs">POST /api/v1/revocations</code> with a
        key takes no second person.
      </li>
    </ul>
  </Alert>
)
