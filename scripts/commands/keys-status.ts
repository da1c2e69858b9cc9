import { countWrapped, keyStatus, type Rotation, rotationsOf } from '#lib/vault'
import { type Command, columns, readArgs } from './command.ts'
import { withInstance } from './here.ts'
import { tenantNamed } from './tenant-named.ts'

export const keysStatus: Command = {
  name: 'keys status',
  usage: '[--org ORG]',
  summary: 'encryption keys: versions, what each still seals, rotations; without --org what wraps them all',
  async run(args, { env, print }) {
    const { options } = readArgs(args, ['org'])
    return withInstance(env, async () => {
      const tenant = await tenantNamed(options.org)
      const keys = (await keyStatus(tenant)).map((key) => [
        key.purpose,
        String(key.version),
        key.state,
        String(key.sealed),
        key.key_service,
        key.key_id || '-',
        key.created_at.slice(0, 10),
      ])
      const heading = ['PURPOSE', 'VERSION', 'STATE', 'SEALS', 'WRAPPED BY', 'KEY', 'CREATED']
      for (const line of columns([heading, ...keys])) print(line)
      for (const rotation of await rotationsOf(tenant, 5)) print(progressOf(rotation))
      if (options.org !== undefined) return 0
      for (const { key_service, key_id, keys: count } of await countWrapped())
        print(
          `${count} keys of all organizations are wrapped by ${key_service} ${key_id || '(not recorded)'}`,
        )
      return 0
    })
  },
}

/** One line on where a rotation stands. */
export function progressOf(rotation: Rotation): string {
  const { kind, status, done, failed, total, to_version, error_code, created_at } = rotation
  const what = kind === 'rewrap' ? 'rewrap' : `rotation to version ${to_version}`
  const bad = failed > 0 ? `, ${failed} failed (${error_code ?? 'so far'})` : ''
  return `${what} of ${created_at.slice(0, 16)}: ${status}, ${done} of ${total}${bad}`
}
