// docs/providers.md is made from the profiles and their recorded answers.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ProviderProfile } from '#lib/connector-kit'
import { profiles } from '../connectors/profiles/index.ts'
import { recordingOf } from '../connectors/profiles/testing.ts'
import { root } from './install.mjs'

const refreshTokens: Record<ProviderProfile['rotation'], string> = {
  none: 'reused',
  single_use: 'single use',
  single_use_optin: 'single use where the client switched that on',
  sliding_not_revoked: 'a new one each time, the old one stays valid',
  no_refresh_token: 'none',
  not_documented: 'not documented: what comes back is kept',
}

const meanings: Record<ProviderProfile['revoke']['meaning'], string> = {
  per_token: 'that token',
  grant: 'all that the person granted the client',
  none: 'not possible',
}

const lifetime = (seconds: number): string => {
  const [amount, unit] =
    seconds % 86_400 === 0
      ? [seconds / 86_400, 'day']
      : seconds % 3600 === 0
        ? [seconds / 3600, 'hour']
        : [seconds / 60, 'minute']
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
}

function rotationOf({ rotation, graceSeconds, oldTokenSurvives }: ProviderProfile): string {
  if (graceSeconds > 0)
    return `${refreshTokens[rotation]}, the old one is taken for ${lifetime(graceSeconds)}`
  if (oldTokenSurvives && rotation === 'single_use')
    return `${refreshTokens[rotation]}, the old one until the new one is used`
  return refreshTokens[rotation]
}

function revocationOf({ revoke }: ProviderProfile): string {
  if (revoke.meaning === 'none') return meanings.none
  return revoke.request
    ? meanings[revoke.meaning]
    : `${meanings[revoke.meaning]}, which Behalf does not ask for`
}

const rows = Object.values(profiles).map((profile) => {
  const { answers } = recordingOf(profile.id)
  const verified = answers.filter((answer) => answer.verified).length
  const cells = [
    profile.notConnectable === null ? profile.name : `${profile.name}: not connectable yet`,
    rotationOf(profile),
    profile.accessTtlSeconds === null ? '' : lifetime(profile.accessTtlSeconds),
    profile.refreshIdleSeconds === null ? '' : lifetime(profile.refreshIdleSeconds),
    revocationOf(profile),
    `${verified} of ${answers.length}`,
    profile.unverified.join('; '),
  ]
  return `| \`${profile.id}\` | ${cells.join(' | ')} |`
})

const notes = Object.values(profiles)
  .map((profile) => [profile.name, [profile.notConnectable, profile.revoke.note, ...profile.quirks]] as const)
  .map(([name, said]) => [name, said.filter((note) => typeof note === 'string')] as const)
  .filter(([, said]) => said.length > 0)
  .map(([name, said]) => `**${name}.** ${said.join(' ')}`)

const page = `# Providers

What Behalf knows of the providers whose OAuth it has studied: ${Object.keys(profiles).length} of them, whether a connector ships or not (those that do
are in [Connectors](connectors.md)). Each is a profile below [\`connectors/profiles/\`](../connectors/profiles): addresses,
client authentication, rotation, lifetimes, how a token response is read, what each refusal means, what revoking ends.

- **Refresh token**: what becomes of it when it is used. Where the old one stays valid, an answer that was lost is asked
  for again; elsewhere the person has to connect again.
- **Unused for**: after how long without a refresh the refresh token dies. Behalf refreshes before that.
- **Revoking ends**: where that is all that the person granted, Behalf asks for it only when no other live connection
  shares the grant.
- **Verified answers**: recorded answers whose code, text or shape stands in a text of the provider's or of people who met
  it. The others are general knowledge, and so is what **not verified** lists: probe before you rely on it. No profile was
  tried against a live account of the provider by us.

An empty cell is a fact that is not known, or a token that does not end.

| id | provider | refresh token | access token lives | unused for | revoking ends | verified answers | not verified |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

## What to know

${notes.join('\n\n')}

This page is made from the profiles; \`npx vitest run -u scripts/docs-providers.test.ts\` renews it.
`

test('the page of providers is what the profiles and their recorded answers say', async () => {
  await expect(page).toMatchFileSnapshot(join(root, 'docs/providers.md'))
})
