import { Frame } from '#components/portal/frame'
import { StateNotice } from '#components/portal/notice'
import { translator } from '#lib/i18n'
import { languageOf } from './language.ts'

export default async function NotFound() {
  const t = translator((await languageOf()).locale)
  return (
    <Frame organization={null} t={t}>
      <StateNotice state="not_found" texts={t.texts('states')} />
    </Frame>
  )
}
