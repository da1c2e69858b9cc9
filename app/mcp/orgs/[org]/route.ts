import { mcp } from '#runtime'
import { handlersOf } from '../../handlers.ts'

export const dynamic = 'force-dynamic'

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(mcp.org)
