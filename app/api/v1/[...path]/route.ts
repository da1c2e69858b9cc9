import { notFound } from '#lib/http'

/** Every path under /api/v1 that is no route. */
export const GET = notFound
export const POST = notFound
export const PUT = notFound
export const PATCH = notFound
export const DELETE = notFound
