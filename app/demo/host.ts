import { cookies, headers } from 'next/headers'
import { notFound } from 'next/navigation'
import { config } from '#lib/config'
import { demoOrg, demoSecret } from '#runtime'
import { createHostClient } from '../../sandbox/host/client.ts'

/**
 * The backend of "Northwind", a made-up product that embeds Behalf. It stands for somebody else's code: it knows its
 * secret key and the public API, nothing else of ours.
 */
export const people = {
  ana: { name: 'Ana Souza', email: 'ana@northwind.test' },
  ben: { name: 'Ben Okafor', email: 'ben@northwind.test' },
} as const
export type PersonId = keyof typeof people

const cookieName = 'northwind_user'

export const isPerson = (id: unknown): id is PersonId => typeof id === 'string' && Object.hasOwn(people, id)

/** Absent unless the practice provider is on. */
export const onlyInSandbox = (): void => {
  if (!config().sandbox) notFound()
}

export const northwind = () => createHostClient({ baseUrl: config().publicUrl, key: demoSecret() })
export const org = demoOrg

/** Who is signed in to Northwind in this browser, by Northwind's own cookie. */
export async function signedIn(): Promise<PersonId | null> {
  const id = (await cookies()).get(cookieName)?.value
  return isPerson(id) ? id : null
}

export const signIn = async (id: PersonId): Promise<void> => {
  ;(await cookies()).set(cookieName, id, { path: '/demo', httpOnly: true, sameSite: 'lax' })
}

/** The origin that this product is reached at: its own port, or ours under the other name. */
export const ownOrigin = async (): Promise<string> => `http://${(await headers()).get('host')}`

type Action = (input: { user: PersonId; body: Record<string, unknown> }) => Promise<Response>

/** A handler of Northwind's backend for whoever is signed in there. */
export const action =
  (work: Action) =>
  async (request: Request): Promise<Response> => {
    onlyInSandbox()
    const user = await signedIn()
    if (!user) return Response.json({ detail: 'Sign in to Northwind first.' }, { status: 401 })
    const given: unknown = request.method === 'GET' ? {} : await request.json().catch(() => ({}))
    return work({ user, body: typeof given === 'object' && given !== null ? { ...given } : {} })
  }

/** Hands our API's answer to Northwind's own page. */
export const pass = ({ status, body }: { status: number; body: unknown }): Response =>
  Response.json(body, { status, headers: { 'cache-control': 'no-store' } })

/** Another user's account is none of theirs, although the key could reach it. */
export async function ownAccount(user: PersonId, id: unknown): Promise<string | null> {
  if (typeof id !== 'string') return null
  const { status, body } = await northwind().account(id)
  return status === 200 && (body as { user_id?: unknown }).user_id === user ? id : null
}

export const noSuchAccount = (): Response => Response.json({ detail: 'No such account.' }, { status: 404 })
