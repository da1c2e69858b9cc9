import type { ReactNode } from 'react'
import { Badge } from '#components/ui/badge'
import { Card } from '#components/ui/card'
import type { AgentCredential } from '#lib/identity/schema'
import { Fact, Facts } from '../facts.tsx'
import { Time } from '../time.tsx'

const kinds: Record<AgentCredential['kind'], string> = {
  client_secret: 'Client secret',
  private_key_jwt: 'Own key',
  federated: "Another issuer's tokens",
  tls_client_auth: 'TLS certificate',
}

const states = {
  active: { words: 'In force', tone: 'success' },
  expired: { words: 'Expired', tone: 'neutral' },
  revoked: { words: 'Revoked', tone: 'neutral' },
} as const

/** How people call a credential. */
export const titleOf = ({ name, kind, hint }: AgentCredential): string =>
  name ?? (hint === null ? kinds[kind] : `${kinds[kind]} …${hint}`)

const Code = ({ children }: { children: ReactNode }) => (
  <code className="font-mono text-xs break-all">{children}</code>
)

/** One credential: what it is, how it stands, and what can be done about it. */
export function CredentialCard({
  credential,
  children,
}: {
  credential: AgentCredential
  children?: ReactNode
}) {
  const { words, tone } = states[credential.status]
  const claims = Object.entries(credential.claims ?? {})
  return (
    <Card className="grid gap-4 p-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h3 className="font-semibold wrap-anywhere">{titleOf(credential)}</h3>
        <Badge tone={tone}>{words}</Badge>
      </div>
      <Facts>
        <Fact name="Kind">{kinds[credential.kind]}</Fact>
        <Fact name="Id">
          <Code>{credential.id}</Code>
        </Fact>
        {credential.hint && (
          <Fact name="Ends in">
            <Code>{credential.hint}</Code>
          </Fact>
        )}
        {credential.kind === 'federated' && (
          <Fact name="Issuer">
            {credential.issuer === null ? 'A SPIFFE trust bundle' : <Code>{credential.issuer}</Code>}
          </Fact>
        )}
        {credential.subject && (
          <Fact name="Subject">
            <Code>{credential.subject}</Code>
          </Fact>
        )}
        {credential.audience && (
          <Fact name="Audience">
            <Code>{credential.audience}</Code>
          </Fact>
        )}
        {claims.length > 0 && (
          <Fact name="Claims">
            {claims.map(([name, value]) => (
              <div key={name}>
                <Code>
                  {name}: {JSON.stringify(value)}
                </Code>
              </div>
            ))}
          </Fact>
        )}
        {credential.jwks_uri && (
          <Fact name="Keys at">
            <Code>{credential.jwks_uri}</Code>
          </Fact>
        )}
        {credential.key_ids.length > 0 && (
          <Fact name="Keys">
            {credential.key_ids.map((id) => (
              <div key={id}>
                <Code>{id}</Code>
              </div>
            ))}
          </Fact>
        )}
        {credential.certificate_thumbprint && (
          <Fact name="Certificate">
            <Code>{credential.certificate_thumbprint}</Code>
          </Fact>
        )}
        <Fact name="Added">
          <Time at={credential.created_at} /> by {credential.created_by.type} {credential.created_by.id}
        </Fact>
        <Fact name="Last used">
          <Time at={credential.last_used_at} />
        </Fact>
        {credential.revoked_at ? (
          <Fact name="Revoked">
            <Time at={credential.revoked_at} />
          </Fact>
        ) : (
          <Fact name="Ends">
            <Time at={credential.expires_at} absent="Not by itself" />
          </Fact>
        )}
      </Facts>
      {credential.status === 'active' && <div className="flex flex-wrap items-start gap-3">{children}</div>}
    </Card>
  )
}
