export const dynamic = 'force-dynamic'

/** What the framework costs by itself. */
export async function POST(): Promise<Response> {
  return Response.json({ status: 'succeeded' })
}
