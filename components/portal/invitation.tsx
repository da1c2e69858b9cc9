import type { TextsOf, Translator } from '#lib/i18n/schema'
import { Button, buttonClass } from '../ui/button.tsx'
import { Notice, StateNotice } from './notice.tsx'
import { said } from './said.tsx'

/**
 * What a hosted link shows before it is followed. A plain form: it works without a script.
 * @param manages whether it leads to what is connected already, rather than to something new
 */
export function Invitation({
  organization,
  manages,
  action,
  t,
}: {
  organization: string
  manages: boolean
  action: string
  t: Translator
}) {
  const texts = t.texts('states')
  return (
    <Notice
      mark="invited"
      title={manages ? t('mine.link_title') : said(texts.invited_title, { organization })}
    >
      <p>{manages ? t('mine.link_body') : texts.invited_body}</p>
      <form method="post" action={action} className="mt-5">
        <Button type="submit" size="large" className="w-full">
          {texts.go_on}
        </Button>
      </form>
    </Notice>
  )
}

/** A link that has done its work. Whoever holds it learns what was connected, and not with which account. */
export const LinkUsed = ({
  connector,
  done,
  texts,
}: {
  connector: string
  /** Where the browser that finished can still look. */
  done: string
  texts: TextsOf<'states'>
}) => (
  <StateNotice
    state="session_used"
    texts={texts}
    actions={
      <a href={done} className={buttonClass({ variant: 'secondary' })}>
        {texts.session_used_see}
      </a>
    }
  >
    <p>{said(texts.session_used_what, { connector }, ['connector'])}</p>
  </StateNotice>
)
