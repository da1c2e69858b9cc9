import type { Metadata } from 'next'
import Link from 'next/link'
import { Steps } from '#components/console/steps'
import { Button } from '#components/ui/button'
import { Command } from '#components/ui/curl'
import { Field, Select } from '#components/ui/field'
import { config } from '#lib/config'
import { firstStepsOf } from '#lib/console'
import { permits } from '#lib/identity/schema'
import { getOrg } from '#lib/tenancy'
import { connectorNames } from '../../connector-names.ts'
import type { SearchParams } from '../../filters.ts'
import { harmlessTool } from '../../harmless-tool.ts'
import { pathOf, requireOrg } from '../../session.ts'
import { ConsoleShell } from '../../shell.tsx'
import { commandsOf } from './commands.ts'

export const metadata: Metadata = { title: 'Quickstart' }

const link = 'text-link underline underline-offset-2'
const Code = ({ children }: { children: string }) => (
  <code className="font-mono text-xs wrap-anywhere">{children}</code>
)

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function QuickstartPage({ params, searchParams }: Props) {
  const admin = await requireOrg((await params).org, 'api_keys.read', 'quickstart')
  const { tenant, caller } = admin
  const { key: chosen } = await searchParams
  const [steps, org] = await Promise.all([firstStepsOf(tenant), getOrg(tenant)])
  const base = pathOf(tenant)
  const { keys, account, configured, called, revoked } = steps
  const key = keys.find(({ id }) => id === chosen) ?? keys[0]
  const connector = account?.connector ?? preferred(configured)
  const tool = connector === undefined ? undefined : harmlessTool(connector)
  const commands = commandsOf({
    publicUrl: config().publicUrl,
    org: org.id,
    user: account?.user_id ?? 'u_42',
    connector: connector ?? 'sandbox',
    scopes: [...(tool?.scopes[0] ?? ['tasks:read'])],
    tool: tool?.name ?? 'sandbox.list_tasks',
    account: account?.id ?? null,
  })
  const may = (permission: Parameters<typeof permits>[1]) => permits(caller.role, permission)
  const name = connectorNames[connector ?? 'sandbox']
  return (
    <ConsoleShell admin={admin} org={org} here="quickstart">
      <h1 className="text-xl font-semibold tracking-tight">Quickstart</h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        From a key to a call on behalf of a user, in about five minutes: paste each step into a shell. It
        takes curl and Node. What is done already is ticked.
      </p>
      <div className="mt-8">
        <Steps
          steps={[
            {
              id: 'key',
              title: 'Take a key',
              done: keys.length > 0,
              children: (
                <>
                  {key ? (
                    <>
                      <p>
                        <b>{key.name}</b> ends in <Code>{key.hint}</Code>
                        {key.used ? ', and has been used.' : '. It has not been used yet.'} Its secret is
                        known to whoever made it: paste it when the shell waits for it. It does not appear on
                        the screen.
                      </p>
                      {keys.length > 1 && (
                        <form className="flex flex-wrap items-end gap-2">
                          <Field label="Another key">
                            <Select name="key" defaultValue={key.id}>
                              {keys.map(({ id, name, hint }) => (
                                <option key={id} value={id}>
                                  {name} (…{hint})
                                </option>
                              ))}
                            </Select>
                          </Field>
                          <Button type="submit" variant="secondary">
                            Use it
                          </Button>
                        </form>
                      )}
                    </>
                  ) : (
                    <p>
                      This organization has no key of its own.{' '}
                      {may('api_keys.manage') ? (
                        <>
                          <Link href={`${base}/api-keys#new-key`} className={link}>
                            Create one
                          </Link>{' '}
                          that may connect, execute, read and manage.
                        </>
                      ) : (
                        'An owner or a developer creates one.'
                      )}{' '}
                      A key of the deployment does as well.
                    </p>
                  )}
                  <Command text={commands.key} what="the commands that read the key" />
                </>
              ),
            },
            {
              id: 'provider',
              title: 'Have something to connect to',
              done: configured.length > 0,
              children:
                connector === undefined ? (
                  <p>
                    No connector is set up.{' '}
                    {may('connectors.read') && (
                      <Link href={`${base}/connectors`} className={link}>
                        Look at the connectors
                      </Link>
                    )}
                  </p>
                ) : (
                  <p>
                    {connector === 'sandbox'
                      ? 'The practice provider is there: it needs no account anywhere, and nothing done in it has an effect.'
                      : `People can connect ${name}.`}
                  </p>
                ),
            },
            {
              id: 'invite',
              title: 'Invite a user',
              done: account !== null,
              children: (
                <>
                  <p>
                    Your backend names the organization and the user by its own ids. The user is made if it is
                    new. The last line prints an address.
                  </p>
                  <Command text={commands.invite} what="the commands that invite" />
                </>
              ),
            },
            {
              id: 'connect',
              title: 'Connect, and confirm who it was',
              done: account !== null,
              children: (
                <>
                  <p>
                    Open the address in a browser and press <b>Approve</b>
                    {connector === 'sandbox' && (
                      <>
                        , then choose <b>Ana Souza</b> and press <b>Allow</b>
                      </>
                    )}
                    . The last page has a confirmation code, which the shell waits for: with it your backend
                    says that this browser was its user. Until then nothing can be called.
                  </p>
                  <Command text={commands.code} what="the command that reads the code" />
                  <Command text={commands.confirm} what="the commands that confirm" />
                  {account && (
                    <p>
                      Connected:{' '}
                      <Link href={`${base}/accounts/${account.id}`} className={link}>
                        {account.label}
                      </Link>{' '}
                      of <Code>{account.user_id}</Code>.
                    </p>
                  )}
                </>
              ),
            },
            {
              id: 'call',
              title: 'Run a tool',
              done: called,
              children: (
                <>
                  <p>
                    <Code>{tool?.name ?? 'sandbox.list_tasks'}</Code> reads and changes nothing. The token
                    stays here; the answer comes back.
                  </p>
                  <Command text={commands.call} what="the command that runs a tool" />
                  {called && (
                    <p>
                      <Link href={`${base}/activity`} className={link}>
                        What was called
                      </Link>
                    </p>
                  )}
                </>
              ),
            },
            {
              id: 'audit',
              title: 'Look at the audit',
              done: false,
              children: (
                <>
                  <p>Every step above is in it, chained so that nothing can be taken out unseen.</p>
                  <Command text={commands.audit} what="the command that lists the audit" />
                </>
              ),
            },
            {
              id: 'revoke',
              title: 'Take it back',
              done: revoked,
              children: (
                <>
                  <p>
                    The answer says what became of the grant at the provider. The call of before is refused
                    from then on.
                  </p>
                  <Command text={commands.revoke} what="the command that revokes" />
                </>
              ),
            },
          ]}
        />
      </div>
      <p className="mt-10 max-w-prose text-sm text-muted-fg">
        Every operation, with an example, is in the{' '}
        <Link href="/docs" className={link}>
          API reference
        </Link>
        ; what a refusal means in its{' '}
        <Link href="/docs/errors" className={link}>
          list of errors
        </Link>
        .
      </p>
    </ConsoleShell>
  )
}

/** The practice provider where it is there, and else a connector whose first call needs no params. */
const preferred = (configured: readonly string[]): string | undefined =>
  configured.includes('sandbox')
    ? 'sandbox'
    : (configured.find((connector) => harmlessTool(connector) !== undefined) ?? configured[0])
