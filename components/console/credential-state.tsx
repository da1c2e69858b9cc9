import { Alert } from '#components/ui/alert'
import { absenceWords, holdWords, nextRenewal, type ToldCredential } from './credential-words.ts'
import { Fact, Facts } from './facts.tsx'
import { Time } from './time.tsx'

/** How an account's credential stands, in words: never what it is. */
export function CredentialState({
  credential,
  status,
  incidents,
}: {
  credential: ToldCredential
  status: string
  /** Where incidents are shown. */
  incidents: string
}) {
  const absent = absenceWords(credential, status)
  if (absent !== null || credential === null) return <p className="text-sm text-muted-fg">{absent}</p>
  const now = new Date()
  const next = nextRenewal(credential, now)
  const ended = credential.expires_at !== null && new Date(credential.expires_at) <= now
  const held = holdWords(credential)
  return (
    <div className="grid gap-4">
      {held && credential.held && (
        <Alert tone="warning" title="Renewals are held">
          <p>{held}</p>
          <p className="mt-1">
            Held until <Time at={credential.held.until} />, then tried again.{' '}
            {credential.held.reason === 'suspect' && (
              <a href={incidents} className="text-link underline underline-offset-2">
                Incidents
              </a>
            )}
          </p>
        </Alert>
      )}
      <Facts>
        <Fact name="Renewed">
          <Time at={credential.renewed_at} absent="Not since it was connected" />
        </Fact>
        <Fact name="Renewed next">{next.at ? <Time at={next.at} /> : next.words}</Fact>
        <Fact name={ended ? 'Access token ended' : 'Access token ends'}>
          <Time at={credential.expires_at} absent="Not known to end" />
        </Fact>
      </Facts>
    </div>
  )
}
