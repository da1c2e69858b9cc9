import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { controlOf, fieldsOf, paramsOf, type ToolField } from '#components/console/try/fields'
import type { TryResult } from '#components/console/try/result'
import { curlOf } from '#components/ui/curl'
import type { Origin } from '#lib/audit'
import { executeInput } from '#lib/broker/schema'
import { config } from '#lib/config'
import type { Tool } from '#lib/connector-kit'
import { AppError, toAppError } from '#lib/errors'
import type { Caller, Tenant } from '#lib/proof'
import { broker, tools } from '#runtime'

/** More of an answer than this helps nobody on a page. */
const shownMost = 100_000

/** The tools of a connector that are tried by a form; those that move files take more than one. */
export const triedTools = (connector: string): Tool[] =>
  Object.values(tools).filter(
    ({ name, takes, gives }) => name.startsWith(`${connector}.`) && !takes && !gives,
  )

/** What a tool takes, as its form asks for it. */
export const formOf = ({ input }: Tool): ToolField[] =>
  fieldsOf(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }))

type Asked = {
  account: string
  toolName: string
  /** The controls of the form, as they were filled in. */
  form: FormData
}

/**
 * Calls a tool the way every caller does, with the admin as the one who acts: stops, policy, limits, approvals and
 * audit are the pipeline's own. What changes something asks for the tool's name first.
 */
export async function runTool(
  caller: Caller,
  tenant: Tenant,
  { account, toolName, form }: Asked,
  origin: Origin,
): Promise<TryResult> {
  const tool = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined
  if (!tool) throw new AppError('not_found')
  const fields = formOf(tool)
  const given = Object.fromEntries(
    fields.map(({ name }) => [name, String(form.get(controlOf(name)) ?? '')] as const),
  )
  const { params, faults } = paramsOf(fields, given)
  const rehearsed = form.get('dry_run') === 'on'
  const parsed = tool.input.safeParse(params)
  for (const { path, message } of parsed.error?.issues ?? []) faults[String(path[0] ?? '')] ??= message
  if (tool.effect !== 'read' && !rehearsed && String(form.get('confirm') ?? '').trim() !== tool.name)
    faults.confirm = `Type ${tool.name} to confirm, or rehearse it.`
  if (Object.keys(faults).length > 0) return { kind: 'unfit', given, faults, rehearsed, next: randomUUID() }
  const body = {
    connected_account_id: account,
    tool_name: tool.name,
    ...(Object.keys(params).length > 0 && { params }),
    ...(rehearsed && { dry_run: true }),
  }
  const curl = curlOf({ method: 'POST', url: `${config().publicUrl}/api/v1/tools/execute`, body })
  const about = { given, rehearsed, curl, next: randomUUID() }
  const startedAt = performance.now()
  const took = () => Math.round(performance.now() - startedAt)
  const asked = executeInput.parse({ ...body, org_id: tenant.externalId })
  const within = () => AbortSignal.timeout(60_000)
  try {
    const once = String(form.get('once') ?? '').slice(0, 100)
    const answer = await broker.execute(
      caller,
      asked,
      origin,
      within(),
      once === '' ? null : `console-${once}`,
    )
    if (answer.status === 'pending_approval') return { ...about, kind: 'people', ms: took() }
    const text = JSON.stringify(answer.output, null, 2) ?? 'null'
    return {
      ...about,
      kind: 'done',
      execution: answer.execution_id,
      output: text.slice(0, shownMost),
      cut: text.length > shownMost,
      hidden: answer.content
        ? answer.content.redactions + Object.values(answer.content.masked).reduce((sum, n) => sum + n, 0)
        : 0,
      asksPeople: answer.approval_required ?? false,
      replayed: answer.replayed ?? false,
      ms: answer.duration_ms,
    }
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.code === 'internal') throw thrown
    // An admin asks nobody to approve: whether that is what it takes is what a rehearsal says.
    if (error.code === 'forbidden' && !rehearsed) {
      const rehearsal = { ...asked, dry_run: true }
      const told = await broker.execute(caller, rehearsal, origin, within()).catch(() => null)
      if (told && 'approval_required' in told && told.approval_required)
        return { ...about, kind: 'people', ms: took() }
    }
    return {
      ...about,
      kind: 'refused',
      code: error.code,
      status: error.status,
      why: error.message,
      needs: error.facts.required_scopes?.map((all) => all.join(' and ')).join(', or ') ?? null,
      policies: error.facts.policy_ids?.join(', ') ?? null,
      execution: error.facts.execution_id ?? null,
      ms: took(),
    }
  }
}
