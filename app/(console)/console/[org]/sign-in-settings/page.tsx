import type { Metadata } from 'next'
import { ConfirmAction } from '#components/console/confirm-action'
import { ConnectionForm } from '#components/console/sign-in-settings/connection-form'
import { ActButton, AddSsoDomain, BindGroup } from '#components/console/sign-in-settings/one-field'
import { NewScimToken, ScimTokenList } from '#components/console/sign-in-settings/scim-tokens'
import { TestConnection } from '#components/console/sign-in-settings/test-connection'
import {
  CeilingsTable,
  ConnectionCard,
  roleChoices,
  SsoDomainCard,
} from '#components/console/sign-in-settings/views'
import { Alert } from '#components/ui/alert'
import { config } from '#lib/config'
import { listScimTokens, listSsoConnections, listSsoDomains, requiresSso, ssoOfMember } from '#lib/identity'
import { permits, type SsoConnection, type SsoDomain } from '#lib/identity/schema'
import { listCeilings } from '#lib/scopes'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import {
  addConnection,
  addDomain,
  bindGroup,
  changeConnection,
  checkDomain,
  createScimToken,
  joinSso,
  removeConnection,
  removeDomain,
  requireSso,
  revokeScimToken,
  switchConnection,
  testConnection,
} from './actions.ts'

export const metadata: Metadata = { title: 'Sign-in' }

const ceilingsMost = 100

export default async function SignInSettingsPage({ params }: { params: Promise<{ org: string }> }) {
  const admin = await requireTenant((await params).org, 'sign_in.read')
  const { tenant, caller } = admin
  const org = pathOf(tenant).slice('/console/'.length)
  const mayChange = permits(caller.role, 'sign_in.manage')
  const shared = isDeployment(tenant)
  const [connections, domains, required, own, ceilings, tokens] = await Promise.all([
    listSsoConnections(tenant),
    listSsoDomains(tenant),
    requiresSso(tenant),
    ssoOfMember(caller),
    shared ? [] : listCeilings(tenant, {}, null, ceilingsMost),
    shared ? [] : listScimTokens(tenant),
  ])
  const on = connections.find(({ status }) => status === 'on')
  const isOwn = caller.home.orgId === tenant.orgId
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="sign-in-settings">
      <h1 className="text-xl font-semibold tracking-tight">Sign-in</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        {shared
          ? 'How operators of the deployment sign in to the console. Addresses that no organization has verified lead here.'
          : 'How members sign in to the console. People who connect accounts sign in to your product, not here.'}
      </p>
      {mayChange && on && isOwn && !own && (
        <div className="mt-6 max-w-3xl">
          <Alert tone="info" title="Your own account is not joined to single sign-on">
            <p className="mb-3">
              Sign in by {on.name} once from here. Addresses alone never join two accounts.
            </p>
            <ActButton action={joinSso.bind(null, org)} label={`Join my account to ${on.name}`} />
          </Alert>
        </div>
      )}
      <section className="mt-8 grid gap-4">
        <h2 className="font-semibold">Identity providers</h2>
        {connections.length === 0 && (
          <p className="text-sm text-muted-fg">There is none yet. Members sign in by links.</p>
        )}
        {connections.map((one) => (
          <Connection key={one.id} connection={one} org={org} mayChange={mayChange} />
        ))}
        {mayChange && (
          <details open={connections.length === 0}>
            <summary className="min-h-6 cursor-pointer text-sm font-medium">Add an identity provider</summary>
            <ConnectionForm action={addConnection.bind(null, org)} />
          </details>
        )}
      </section>
      <section className="mt-10 grid gap-4">
        <h2 className="font-semibold">Domains</h2>
        <p className="max-w-prose text-sm text-muted-fg">
          Addresses of a verified domain lead to the identity provider that is on, and only such addresses
          make members. Each domain counts by itself: publish a record for those below it as well.
        </p>
        {domains.map((one) => (
          <Domain key={one.id} domain={one} org={org} mayChange={mayChange} />
        ))}
        {mayChange && <AddSsoDomain action={addDomain.bind(null, org)} />}
      </section>
      {!shared && (
        <section className="mt-10 grid max-w-3xl gap-4">
          <h2 className="font-semibold">Require single sign-on</h2>
          <p className="text-sm text-muted-fg">
            {required
              ? 'Members sign in by single sign-on alone. An operator can still print a link on the server, which the audit shows.'
              : 'Members may sign in by links as well.'}
          </p>
          {mayChange && <Requirement org={org} required={required} />}
        </section>
      )}
      {!shared && (
        <section className="mt-10 grid gap-4">
          <h2 className="font-semibold">Scope ceilings</h2>
          <p className="max-w-prose text-sm text-muted-fg">
            What end users of a group may let agents use, at most. Their groups come from your product, with
            the session or SCIM; ceilings are set by{' '}
            <code className="font-mono">PUT /api/v1/scope_ceilings</code>.
          </p>
          {ceilings.length > 0 ? (
            <CeilingsTable ceilings={ceilings} />
          ) : (
            <p className="text-sm text-muted-fg">There is none: no group is limited.</p>
          )}
        </section>
      )}
      {!shared && (
        <section className="mt-10 grid gap-4">
          <h2 className="font-semibold">SCIM</h2>
          <p className="max-w-prose text-sm text-muted-fg">
            An identity provider keeps end users and their groups at{' '}
            <code className="font-mono wrap-anywhere">{`${config().publicUrl}/scim/v2`}</code>. Whom it
            deactivates loses every connected account, here and at the provider. Map its userName to what your
            product calls a user.
          </p>
          {tokens.length === 0 && <p className="text-sm text-muted-fg">There is no token yet.</p>}
          <ScimTokenList tokens={tokens}>
            {mayChange
              ? Object.fromEntries(
                  tokens.map(({ id, name }) => [
                    id,
                    <ConfirmAction
                      key={id}
                      action={revokeScimToken.bind(null, org, id)}
                      label="Revoke"
                      title={`Revoke the SCIM token ${name}?`}
                      confirm="Revoke"
                      variant="danger"
                    >
                      <p>The identity provider that uses it is refused from its next request on.</p>
                    </ConfirmAction>,
                  ]),
                )
              : {}}
          </ScimTokenList>
          {mayChange && <NewScimToken action={createScimToken.bind(null, org)} />}
        </section>
      )}
    </ConsoleShell>
  )
}

function Connection({
  connection,
  org,
  mayChange,
}: {
  connection: SsoConnection
  org: string
  mayChange: boolean
}) {
  const { id, name, status } = connection
  if (!mayChange) return <ConnectionCard connection={connection} />
  const bind = bindGroup.bind(null, org, id)
  return (
    <ConnectionCard
      connection={connection}
      unbind={(group) => (
        <ActButton action={bind} label="Remove" name={`Remove the binding of ${group}`} fields={{ group }} />
      )}
    >
      <BindGroup action={bind} roles={roleChoices} />
      <TestConnection action={testConnection.bind(null, org, id)} name={name} />
      <div className="flex flex-wrap items-start gap-3">
        {status === 'off' ? (
          <ConfirmAction
            action={switchConnection.bind(null, org, id, true)}
            label="Switch on"
            title={`Sign members in by ${name}?`}
            confirm="Switch on"
          >
            <p>
              Addresses of the verified domains lead there from now on. Another one that is on is switched
              off.
            </p>
          </ConfirmAction>
        ) : (
          <ConfirmAction
            action={switchConnection.bind(null, org, id, false)}
            label="Switch off"
            title={`Stop signing members in by ${name}?`}
            confirm="Switch off"
            variant="danger"
          >
            <p>Nobody signs in by it any more. Sessions that are open stay open.</p>
          </ConfirmAction>
        )}
        <ConfirmAction
          action={removeConnection.bind(null, org, id)}
          label="Remove"
          title={`Remove ${name}?`}
          confirm="Remove"
          variant="danger"
        >
          <p>Its secret and its bindings are forgotten. Members stay bound to its issuer.</p>
        </ConfirmAction>
      </div>
      <details>
        <summary className="min-h-6 cursor-pointer text-sm font-medium">Change {name}</summary>
        <ConnectionForm action={changeConnection.bind(null, org, id)} connection={connection} />
      </details>
    </ConnectionCard>
  )
}

function Domain({ domain, org, mayChange }: { domain: SsoDomain; org: string; mayChange: boolean }) {
  return (
    <SsoDomainCard domain={domain}>
      {mayChange && (
        <>
          <ActButton
            action={checkDomain.bind(null, org, domain.id)}
            label="Check now"
            name={`Check now: ${domain.domain}`}
          />
          <ConfirmAction
            action={removeDomain.bind(null, org, domain.id)}
            label="Remove"
            title={`Remove ${domain.domain}?`}
            confirm="Remove"
            variant="danger"
          >
            <p>Its addresses lead to no single sign-on here any more. Members stay members.</p>
          </ConfirmAction>
        </>
      )}
    </SsoDomainCard>
  )
}

const Requirement = ({ org, required }: { org: string; required: boolean }) =>
  required ? (
    <ConfirmAction
      action={requireSso.bind(null, org, false)}
      label="Allow links again"
      title="Let members sign in by links again?"
      confirm="Allow links"
      variant="danger"
    >
      <p>Whoever has a member&apos;s mailbox can then sign in as them.</p>
    </ConfirmAction>
  ) : (
    <ConfirmAction
      action={requireSso.bind(null, org, true)}
      label="Require single sign-on"
      title="Require single sign-on of all members?"
      confirm="Require it"
    >
      <p>
        All other sessions end, and links open the console no more. Members who have none join by an
        invitation.
      </p>
    </ConfirmAction>
  )
