import type { Metadata } from 'next'
import { actionOf, Catalogue, manyConnectors } from '#components/portal/catalogue'
import { Button, buttonClass } from '#components/ui/button'
import { Field, Input } from '#components/ui/field'
import type { TextsOf } from '#lib/i18n/schema'
import { connect } from '#runtime'
import { inSession, PortalPage } from '../../../portal-page.tsx'
import { portalMetadata } from '../../../words.ts'

type Props = PageProps<'/connect/[session]/catalogue'>

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  portalMetadata((await params).session, 'catalogue.title')

export default async function CataloguePage({ params, searchParams }: Props) {
  const [{ session }, { q }] = await Promise.all([params, searchParams])
  const sought = ([q].flat()[0] ?? '').slice(0, 100)
  const content = await inSession(session, async ({ open, t }) => {
    const view = await connect.portalView(open, t.locale)
    const texts = t.texts('catalogue')
    const many = view.connectors.length > manyConnectors
    return (
      <Catalogue
        view={view}
        texts={texts}
        sought={sought}
        search={many && <Search sought={sought} texts={texts} />}
        all={
          <a href="?" className={buttonClass({ variant: 'secondary' })}>
            {texts.show_all}
          </a>
        }
        detail={({ id }) => `/connect/${session}/connector/${id}`}
        action={(entry) => {
          const { text, name } = actionOf(entry, texts)
          return (
            <a
              href={`/connect/${session}/consent/${entry.id}`}
              aria-label={name}
              className={buttonClass({ variant: 'secondary' })}
            >
              {text}
            </a>
          )
        }}
      />
    )
  })
  return <PortalPage session={session}>{content}</PortalPage>
}

/** A plain form: it searches without a script too. */
const Search = ({ sought, texts }: { sought: string; texts: TextsOf<'catalogue'> }) => (
  <search>
    <form method="get" className="flex items-end gap-2">
      <div className="min-w-0 flex-1">
        <Field label={texts.search}>
          <Input type="search" name="q" maxLength={100} autoComplete="off" defaultValue={sought} />
        </Field>
      </div>
      <Button type="submit" variant="secondary">
        {texts.search}
      </Button>
    </form>
  </search>
)
