import type { Metadata } from 'next'
import { headers } from 'next/headers'
import type { ReactNode } from 'react'
import { Authorize } from '#components/portal/authorize'
import { SignIn } from '#components/portal/authorize-sign-in'
import { Notice } from '#components/portal/notice'
import { brandingOf, type Interaction, readInteraction, signInView } from '#lib/authorization-server'
import { type AuthorizeSaid, authorizeSaid } from '#lib/authorization-server/schema'
import { AppError } from '#lib/errors'
import { type Translator, translator } from '#lib/i18n'
import { authorize } from '#runtime'
import { languageOf } from '../../../../language.ts'
import { Dressed } from '../../../dressed.tsx'
import { refusal } from '../../../portal-page.tsx'
import { pathOf } from './interaction-route.ts'

type Props = PageProps<'/oauth/interaction/[uid]'>

export async function generateMetadata(): Promise<Metadata> {
  const t = translator((await languageOf()).locale)
  return { title: { absolute: t('authorize.page_title') }, referrer: 'no-referrer' }
}

/** What this browser is in; `null` where it is over, or another browser's. */
const here = async (uid: string): Promise<Interaction | null> =>
  readInteraction({ headers: new Headers(await headers()) }, uid).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'session_expired') return null
    throw error
  })

const one = (value: string | string[] | undefined): string | null =>
  typeof value === 'string' ? value : null

type Asked = { interaction: Interaction; step: string | null; said: AuthorizeSaid | null; t: Translator }

/** Who the person is, if that is not known yet or they say that it is somebody else; then what they let the client do. */
async function content({ interaction, step, said, t }: Asked): Promise<ReactNode> {
  const { uid, account, prompt } = interaction
  const signs = step === 'switch' || step === 'code' || step === 'choose'
  if (prompt === 'login' || account === null || signs) {
    const view = await signInView(interaction, step === 'code')
    return <SignIn view={view} said={said} t={t} action={pathOf(uid)} />
  }
  const { view, hash } = await authorize.screen(interaction, account, t)
  return <Authorize view={view} hash={hash} said={said} t={t} action={pathOf(uid)} />
}

const Over = ({ t, name }: { t: Translator; name: 'over' | 'elsewhere' }) => (
  <Notice title={t(`authorize.${name}_title`)}>
    <p>{t(`authorize.${name}_body`)}</p>
    <p className="text-fg">{t(`authorize.${name}_next`)}</p>
  </Notice>
)

/** Where a client that wants to act for somebody sends them. */
export default async function InteractionPage({ params, searchParams }: Props) {
  const [{ uid }, query, { locale }] = await Promise.all([params, searchParams, languageOf()])
  const step = one(query.step)
  const said = authorizeSaid.find((word) => word === one(query.said)) ?? null
  const plain = translator(locale)
  try {
    const interaction = step === 'elsewhere' ? null : await here(uid)
    if (!interaction) {
      return (
        <Dressed branding={null} t={plain}>
          <Over t={plain} name={step === 'elsewhere' ? 'elsewhere' : 'over'} />
        </Dressed>
      )
    }
    const branding = await brandingOf(interaction)
    const t = translator(locale, branding?.theme.overrides(locale))
    return (
      <Dressed branding={branding} t={t}>
        {await content({ interaction, step, said, t })}
      </Dressed>
    )
  } catch (thrown) {
    return (
      <Dressed branding={null} t={plain}>
        {refusal(thrown, plain)}
      </Dressed>
    )
  }
}
