import { z } from 'zod'
import { fileField, segment, tool } from '#lib/connector-kit'
import { api, owner, repository } from './wire.ts'

const assetWire = z.object({
  id: z.number(),
  name: z.string(),
  state: z.string(),
  size: z.number(),
  // As sha256:…; assets from before 2025 have none.
  digest: z.string().nullish(),
  browser_download_url: z.string(),
})
const asset = z.object({ id: z.number(), name: z.string(), size_bytes: z.number(), url: z.string() })
const toAsset = ({ id, name, size, browser_download_url }: z.output<typeof assetWire>) => ({
  id,
  name,
  size_bytes: size,
  url: browser_download_url,
})

type Release = { owner: string; repository: string; release_id: number }
const assetsOf = (of: Release) =>
  `/repos/${segment(of.owner)}/${segment(of.repository)}/releases/${segment(of.release_id)}/assets`

const assetsMax = 100
/** What Behalf passes on in one call; GitHub would take 2 GiB. */
const rule = { bytesMax: 512 * 1024 * 1024, secondsMax: 600 }

export const uploadReleaseAsset = tool({
  name: 'github.upload_release_asset',
  title: 'Upload a release asset',
  description:
    'Adds a file to a release of a repository. A release has one file of each name: an equal name is refused.',
  scopes: [['repo'], ['public_repo']],
  effect: 'write',
  idempotent: false,
  takes: rule,
  input: z.strictObject({
    owner,
    repository,
    release_id: z.number().int().min(1).describe('Id of the release, as GitHub answers it'),
    // GitHub gives a file with any other sign in it another name, and it could not be found again.
    file: fileField(rule).refine(
      ({ name }) => /^[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$/.test(name),
      'must have a name of letters, digits, dots, dashes and underscores',
    ),
  }),
  output: asset,
  run: async ({ input, files }) => {
    const options = { ...api, base: 'uploads', query: { name: input.file.name } }
    return toAsset(assetWire.parse((await files.put('POST', assetsOf(input), options)).body))
  },
  reconcile: async ({ input, http }) => {
    const found = z
      .array(assetWire)
      .parse(await http.get(assetsOf(input), { ...api, query: { per_page: assetsMax } }))
    const same = found.find(({ name }) => name === input.file.name)
    if (!same) return { outcome: found.length < assetsMax ? 'did_not' : 'unknown' }
    // Of an upload that broke off GitHub may keep an empty file in another state.
    const whole = same.state === 'uploaded' && same.digest === `sha256:${input.file.sha256}`
    return whole ? { outcome: 'happened', output: toAsset(same) } : { outcome: 'unknown' }
  },
})
