import { inSession, PortalPage } from '../../../portal-page.tsx'
import { mineContent } from './content.tsx'

type Query = Record<string, string | string[] | undefined>

/** A page of what a person manages, in the browser that has opened the session. */
export async function MinePage({
  session,
  path,
  searchParams,
}: {
  session: string
  path: readonly string[]
  searchParams: Promise<Query>
}) {
  const given = Object.entries(await searchParams).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value]] : [],
  )
  const content = await inSession(session, ({ open, t }) =>
    mineContent({ open, t, session, query: new URLSearchParams(given) }, path),
  )
  return <PortalPage session={session}>{content}</PortalPage>
}
