import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { replayPolicy } from '#lib/broker'
import { forOrg } from '#lib/db'
import { type Bundle, bundleOf, bundleOfSource, versionNumbered } from '#lib/policy'
import type { Tenant } from '#lib/proof'
import { type Command, readArgs, UsageError } from './command.ts'
import { record, withInstance } from './here.ts'
import { tenantNamed } from './tenant-named.ts'

const pageSize = 500

export const policyReplay: Command = {
  name: 'policy replay',
  usage: 'ORG (--version NUMBER | --file FILE.cedar) [--since TIME] [--until TIME]',
  summary:
    'judges recorded calls by other policies and prints every decision that would be another, oldest first, one JSON ' +
    'object a line; the same policies over the same calls print the same',
  async run(args, { env, print }) {
    const { options, rest } = readArgs(args, ['version', 'file', 'since', 'until'], 1)
    const { version, file, since, until } = options
    if ((version === undefined) === (file === undefined)) throw new UsageError('give --version or --file')
    if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version))
      throw new UsageError('--version is a number')
    for (const [name, time] of Object.entries({ since, until })) {
      if (time !== undefined && Number.isNaN(Date.parse(time))) throw new UsageError(`--${name} is no time`)
    }
    return withInstance(env, async () => {
      const tenant = await tenantNamed(rest[0])
      const bundle = file === undefined ? await numbered(tenant, Number(version)) : await ofFile(tenant, file)
      await forOrg(tenant, (tx) => record(tx, tenant, 'policy.replayed', { policies: file ?? `v${version}` }))
      const sum = { judged: 0, flips: 0, without_facts: 0 }
      let after: string | null = null
      do {
        const page = await replayPolicy(
          tenant,
          bundle,
          { since, until, limit: pageSize, after },
          new AbortController().signal,
        )
        for (const flip of page.data) print(JSON.stringify(flip))
        sum.judged += page.judged
        sum.flips += page.data.length
        sum.without_facts += page.without_facts
        after = page.next
      } while (after !== null)
      print(JSON.stringify(sum))
      return 0
    })
  },
}

async function numbered(tenant: Tenant, number: number): Promise<Bundle> {
  const id = await versionNumbered(tenant, number)
  if (id === null) throw new Error(`there is no version ${number}`)
  return bundleOf(tenant, id)
}

async function ofFile(tenant: Tenant, file: string): Promise<Bundle> {
  const source = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`there is no file "${file}"`)
  })
  const id = createHash('sha256').update(source).digest('base64url')
  const { bundle, problems } = await bundleOfSource(tenant, { id, number: 0, engine: 'cedar', source })
  const [first] = problems.filter(({ severity }) => severity === 'error')
  if (first) throw new Error(`${file}:${first.line ?? 1}:${first.column ?? 1}: ${first.message}`)
  return bundle
}
