import { CredentialCard, titleOf } from '#components/console/agents/credential-card'
import { AddCredential, RotateSecret } from '#components/console/agents/credentials'
import { ConfirmAction } from '#components/console/confirm-action'
import { listCredentials } from '#lib/identity'
import { publicId } from '#lib/ids'
import type { Tenant } from '#lib/proof'
import { addCredential, endCredential, rotateSecret } from '../actions.ts'

const most = 50

type Props = {
  tenant: Tenant
  agentId: string
  segment: string
  path: string
  asked: string | null
  manages: boolean
}

/** What an agent proves itself with: those in force first. */
export async function Credentials({ tenant, agentId, segment, path, asked, manages }: Props) {
  const all = await listCredentials(tenant, agentId, null, most)
  const sorted = [
    ...all.filter(({ status }) => status === 'active'),
    ...all.filter(({ status }) => status !== 'active'),
  ]
  const agent = publicId('agent', agentId)
  return (
    <section className="mt-10">
      <h2 className="font-semibold">Credentials</h2>
      <p className="mt-1 mb-4 max-w-prose text-sm text-muted-fg">
        Several may be in force at once, so that one can take over from another. With another issuer&apos;s
        tokens, no secret has to be kept anywhere.
      </p>
      <div className="grid gap-5 lg:grid-cols-2">
        {sorted.map((credential) => (
          <CredentialCard key={credential.id} credential={credential}>
            {manages && (
              <>
                {credential.kind === 'client_secret' && (
                  <RotateSecret
                    action={rotateSecret.bind(null, segment, agent, credential.id)}
                    what={titleOf(credential)}
                  />
                )}
                <ConfirmAction
                  action={endCredential.bind(null, segment, agent, credential.id)}
                  label="Revoke"
                  title={`Revoke ${titleOf(credential)}?`}
                  confirm="Revoke now"
                  variant="danger"
                >
                  <p>No token is given for it any more. Tokens that are out end within ten minutes.</p>
                </ConfirmAction>
              </>
            )}
          </CredentialCard>
        ))}
      </div>
      {!manages && sorted.length === 0 && <p className="text-sm text-muted-fg">It has none.</p>}
      {manages && (
        <>
          <h3 className="mt-6 mb-3 font-semibold">Add a credential</h3>
          <AddCredential action={addCredential.bind(null, segment, agent)} path={path} asked={asked} />
        </>
      )}
    </section>
  )
}
