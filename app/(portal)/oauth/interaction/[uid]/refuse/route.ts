import { interactionRoute } from '../interaction-route.ts'

/** The person does not let the client in: it is told so, and nothing more. */
export const POST = interactionRoute('refuse', ({ answer }) => answer({ kind: 'refused' }))
