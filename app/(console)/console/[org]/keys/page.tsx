import type { Metadata } from 'next'
import Link from 'next/link'
import { ConfirmAction } from '#components/console/confirm-action'
import { KeysTable } from '#components/console/keys-table'
import { PastRotations, RunningRotation } from '#components/console/rotations'
import { Table, Td, Th } from '#components/ui/table'
import { countWrapped, keyStatus, rotationsOf } from '#lib/vault'
import type { SearchParams } from '../../filters.ts'
import { isDeployment, pathOf, requireTenant } from '../../session.ts'
import { ConsoleShell, orgOf } from '../../shell.tsx'
import { rewrapKeys, rotateKey } from './actions.ts'

export const metadata: Metadata = { title: 'Keys' }

const rotationsMost = 20

type Props = { params: Promise<{ org: string }>; searchParams: SearchParams }

export default async function KeysPage({ params, searchParams }: Props) {
  const admin = await requireTenant((await params).org, 'keys.read')
  const { tenant } = admin
  const ofDeployment = isDeployment(tenant)
  const path = `${pathOf(tenant)}/keys`
  const [keys, rotations] = await Promise.all([keyStatus(tenant), rotationsOf(tenant, rotationsMost)])
  const running = rotations.filter(({ status }) => status === 'running')
  const past = rotations.filter(({ status }) => status !== 'running')
  const runs = (kind: string) => running.some((rotation) => rotation.kind === kind)
  const old = keys.filter(({ state, sealed }) => state !== 'current' && sealed > 0)
  const left = old.reduce((sum, { sealed }) => sum + sealed, 0)
  const whose = ofDeployment ? 'the deployment' : 'this organization'
  return (
    <ConsoleShell admin={admin} org={await orgOf(tenant)} here="keys">
      <h1 className="text-xl font-semibold tracking-tight">
        {ofDeployment ? 'Keys of the deployment' : 'Keys'}
      </h1>
      <p className="mt-1 max-w-prose text-sm text-muted-fg">
        {ofDeployment
          ? 'The deployment seals its own secrets, such as client secrets, under a key of its own. Each organization has one too, on its own page.'
          : 'All credentials of this organization are sealed under its own data key.'}{' '}
        A key is stored wrapped, never in clear.
      </p>

      {running.length > 0 && (
        <section className="mt-6 grid gap-4" aria-label="Under way">
          {running.map((rotation) => (
            <RunningRotation key={rotation.id} rotation={rotation} />
          ))}
        </section>
      )}

      <section className="mt-6">
        <h2 className="mb-3 font-semibold">Versions</h2>
        <KeysTable keys={keys} />
        <p className="mt-3 text-sm text-muted-fg">
          {left === 0
            ? 'Nothing is sealed under an old version.'
            : `${left} sealed ${left === 1 ? 'value stands' : 'values stand'} under an old version.`}
        </p>
      </section>

      <section className="mt-8 grid gap-8 md:grid-cols-2">
        <div className="grid content-start gap-3">
          <h2 className="font-semibold">A new data key</h2>
          <p className="text-sm text-muted-fg">
            Ends the use of the present key of {whose}: by routine, or because somebody may have seen it.
          </p>
          {runs('reencrypt') ? (
            <p className="text-sm">A rotation is under way.</p>
          ) : (
            <ConfirmAction
              action={rotateKey.bind(null, pathOf(tenant).slice('/console/'.length))}
              label={ofDeployment ? "Rotate the deployment's key" : "Rotate this organization's key"}
              title={`Give ${whose} a new data key?`}
              confirm="Rotate now"
            >
              <p>New values are sealed under the new key within a minute.</p>
              <p>
                All that the old key sealed is opened and sealed anew, while everything goes on. Then the old
                key is destroyed: backups that hold it open only what they hold themselves.
              </p>
              <p>
                It takes two minutes and more, by how much is sealed. It cannot be undone, and need not be.
              </p>
            </ConfirmAction>
          )}
        </div>
        {ofDeployment && (
          <div className="grid content-start gap-3">
            <h2 className="font-semibold">A new master key</h2>
            <p className="text-sm text-muted-fg">
              After <code className="font-mono text-xs">BEHALF_MASTER_KEY</code> or the key at the key service
              has changed: brings the keys of all organizations under it.
            </p>
            {runs('rewrap') ? (
              <p className="text-sm">Re-wrapping is under way.</p>
            ) : (
              <ConfirmAction
                action={rewrapKeys}
                label="Re-wrap under the present master key"
                title="Re-wrap the keys of every organization?"
                confirm="Re-wrap now"
              >
                <p>
                  Each organization&apos;s keys are unwrapped and wrapped again under the master key, or the
                  key at a key service, that is configured now. Those already under it are passed over.
                </p>
                <p>
                  The keys themselves stay as they are, and so does what they seal. Keep the old master key
                  configured until this is done.
                </p>
              </ConfirmAction>
            )}
            <Wrapping asked={(await searchParams).wrapped === 'show'} path={path} />
          </div>
        )}
      </section>

      {past.length > 0 && (
        <section className="mt-10">
          <h2 className="mb-3 font-semibold">Past rotations</h2>
          <PastRotations rotations={past} />
        </section>
      )}
    </ConsoleShell>
  )
}

/** Reads the keys of every organization, hence only when asked. */
async function Wrapping({ asked, path }: { asked: boolean; path: string }) {
  if (!asked)
    return (
      <Link
        href={`${path}?wrapped=show`}
        prefetch={false}
        className="text-sm text-link underline-offset-2 hover:underline"
      >
        Count which key wraps how many
      </Link>
    )
  const wrapped = await countWrapped()
  return (
    <Table label="What wraps the keys of all organizations">
      <thead>
        <tr>
          <Th>Wrapped by</Th>
          <Th className="text-right">Keys</Th>
        </tr>
      </thead>
      <tbody>
        {wrapped.map(({ key_service, key_id, keys }) => (
          <tr key={`${key_service}/${key_id}`}>
            <Td>
              {key_service} <code className="font-mono text-xs break-all">{key_id || 'not recorded'}</code>
            </Td>
            <Td className="text-right tabular-nums">{keys}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}
