export const dynamic = 'force-dynamic'

/** Whether the process answers; says nothing of what it depends on. */
export const GET = (): Response => Response.json({ status: 'ok' })
