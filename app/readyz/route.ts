import { checkReadiness } from '#runtime'

export const dynamic = 'force-dynamic'

/** Whether this process can do its work: database, keys, jobs. 503 names what cannot. */
export async function GET(): Promise<Response> {
  const checks = await checkReadiness()
  const ready = Object.values(checks).every((state) => state === 'ok')
  return Response.json({ status: ready ? 'ok' : 'unavailable', checks }, { status: ready ? 200 : 503 })
}
