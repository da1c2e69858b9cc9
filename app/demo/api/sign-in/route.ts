import { isPerson, onlyInSandbox, signIn } from '../../host.ts'

/** Signs somebody in to Northwind. No password: the people are made up. */
export async function POST(request: Request): Promise<Response> {
  onlyInSandbox()
  const { user } = (await request.json().catch(() => ({}))) as { user?: unknown }
  if (!isPerson(user)) return Response.json({ detail: 'Nobody of that name.' }, { status: 400 })
  await signIn(user)
  return Response.json({ user })
}
