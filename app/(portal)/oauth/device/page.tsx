import type { Metadata } from 'next'
import { Device, type DeviceOutcome } from '#components/portal/authorize-device'
import { translator } from '#lib/i18n'
import { languageOf } from '../../../language.ts'
import { Dressed } from '../../dressed.tsx'

const wordsHere = async () => translator((await languageOf()).locale)

export async function generateMetadata(): Promise<Metadata> {
  return { title: { absolute: (await wordsHere())('authorize.device_title') }, referrer: 'no-referrer' }
}

const one = (value: string | string[] | undefined): string | null =>
  typeof value === 'string' ? value : null

function outcomeOf(error: string | null, done: string | null): DeviceOutcome | null {
  if (done !== null) return 'done'
  if (error === null || error === 'missing') return null
  return error === 'refused' ? 'refused' : 'wrong'
}

/** Where a person types the code that a device of theirs shows. A link may bring it along; they still have to send it. */
export default async function DevicePage({ searchParams }: PageProps<'/oauth/device'>) {
  const [query, t] = await Promise.all([searchParams, wordsHere()])
  const outcome = outcomeOf(one(query.error), one(query.done))
  const code = (one(query.user_code) ?? '').slice(0, 20)
  return (
    <Dressed branding={null} t={t}>
      <Device t={t} code={code} outcome={outcome} action="/oauth/device/enter" />
    </Dressed>
  )
}
