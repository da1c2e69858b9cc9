import type { Metadata } from 'next'
import { galleryFor } from './access.ts'
import { states } from './states.tsx'

export const metadata: Metadata = { title: 'States of the portal' }

type Asked = Readonly<Record<string, string | string[] | undefined>>

/** Every state by name; what is asked of this page is passed on to each. */
export default async function GalleryPage({ searchParams }: PageProps<'/gallery'>) {
  const asked = await searchParams
  await galleryFor(one(asked, 'org'))
  return (
    <main className="mx-auto max-w-2xl px-5 py-12">
      <h1 className="text-2xl font-semibold">States of the portal</h1>
      <ul className="mt-6 grid gap-x-6 sm:grid-cols-2">
        {Object.entries(states).map(([name, { title }]) => (
          <li key={name}>
            <a
              href={`/gallery/${name}${queryOf(asked)}`}
              className="inline-block py-1.5 text-link underline underline-offset-2"
            >
              {title}
            </a>
          </li>
        ))}
      </ul>
    </main>
  )
}

const one = (asked: Asked, name: string): string | undefined => [asked[name]].flat()[0]

function queryOf(asked: Asked): string {
  const query = new URLSearchParams(
    Object.entries(asked).flatMap(([name, value]) => [value ?? []].flat().map((each) => [name, each])),
  )
  return query.size > 0 ? `?${query}` : ''
}
