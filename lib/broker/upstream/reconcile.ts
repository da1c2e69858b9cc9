import { refresherOf } from '#lib/connect'
import type { Connector, Reconciled, Tool, ToolFiles, ToolHttp } from '#lib/connector-kit'
import { publicId } from '#lib/ids'
import { log } from '#lib/log'
import { authConfigOf, secretsIn, withSharedSecrets } from '#lib/oauth'
import type { Tenant } from '#lib/proof'
import { type Lent, withCredential } from '#lib/vault'
import { redactOutput } from '../content/index.ts'
import type { Deps } from '../context.ts'
import { toolHttp } from './tool-http.ts'

/** An execution whose outcome is not known, as its row tells of it. Ids are internal. */
export type Doubtful = {
  tenant: Tenant
  executionId: string
  accountId: string
  connectionId: string
  authConfig: { orgId: string; id: string }
  connector: Connector
  tool: Tool
  /** The input, opened and as the tool's schema parsed it. */
  params: unknown
}

const lookupMsMax = 15_000

/**
 * Asks the provider whether a call whose answer was lost has happened, under the intent that was recorded for it. It
 * only reads. Never throws: whatever is not found out stays `unknown`.
 * @param signal ends the lookup
 */
export async function reconcileExecution(
  deps: Deps,
  doubtful: Doubtful,
  signal: AbortSignal = AbortSignal.timeout(lookupMsMax),
): Promise<Reconciled> {
  const { tenant, accountId, connectionId, connector, tool, params } = doubtful
  if (!tool.reconcile) return { outcome: 'unknown' }
  const ends = AbortSignal.any([signal, AbortSignal.timeout(lookupMsMax)])
  const executionId = publicId('execution', doubtful.executionId)
  try {
    const auth = await authConfigOf(tenant, doubtful.authConfig)
    const refresher = refresherOf(deps, tenant, connector, auth)
    const ask = async (lent: Lent): Promise<Reconciled> => {
      // Another consent may be another provider account, where the call cannot be found.
      if (lent.credential.connectionId !== connectionId) return { outcome: 'unknown' as const }
      const http = readOnly(
        toolHttp({
          egress: deps.egress,
          tenant,
          accountId,
          connectionId,
          connector,
          auth,
          lent,
          tool: { ...tool, effect: 'read' },
          executionId,
          signal: ends,
          deadlineMs: performance.now() + lookupMsMax,
          progress: { wrote: false, writes: 0 },
        }),
      )
      const became = await tool.reconcile?.({
        input: params,
        http,
        files: noFiles,
        executionId,
        signal: ends,
      })
      if (became?.outcome !== 'happened') return became ?? { outcome: 'unknown' }
      const output = redactOutput(became.output, [...lent.secrets, ...secretsIn(connector, lent)])
      return { ...became, output }
    }
    return await withSharedSecrets(tenant, auth, (shared) =>
      withCredential(tenant, accountId, refresher, (lent) =>
        ask({ ...lent, secrets: [...lent.secrets, ...shared] }),
      ),
    )
  } catch (err) {
    log.warn({ err, tool: tool.name, execution: executionId }, 'what became of a call was not found out')
    return { outcome: 'unknown' }
  }
}

const refuse = () => Promise.reject(new Error('a lookup changes nothing at the provider'))
const noFiles: ToolFiles = { prepare: refuse, put: refuse, give: refuse }

function readOnly(http: ToolHttp): ToolHttp {
  return { ...http, post: refuse, put: refuse, patch: refuse, delete: refuse, graphql: refuse }
}
