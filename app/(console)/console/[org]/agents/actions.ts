'use server'

import { revalidatePath } from 'next/cache'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { FormResult } from '#components/console/agents/agent-form'
import type { CredentialResult } from '#components/console/agents/credentials'
import type { ConfirmResult } from '#components/console/confirm-action'
import { forOrg } from '#lib/db'
import { AppError } from '#lib/errors'
import { actorOf, createToolsetIn, deleteToolsetIn } from '#lib/identity'
import { type IdKind, parseId } from '#lib/ids'
import { audited, originOf, reachable } from '#runtime'
import {
  type By,
  changeAgent,
  createAgent,
  createCredential,
  revokeCredential,
  rotateCredential,
  setAgentDisabled,
} from '../../../../api/v1/agents/changes.ts'
import { acting } from '../../acting.ts'
import { pathOf, requireOrg, requireTenant } from '../../session.ts'
import { agentChange, newAgent, newCredential, newToolset, rotation } from './read-form.ts'

const again = () => revalidatePath('/console/[org]/agents/[id]', 'page')

/** Who acts, and in which org: an id of another org finds nothing in it. */
async function by(org: string): Promise<By> {
  const { caller, tenant } = await requireTenant(String(org), 'agents.manage')
  return { caller, tenant, origin: originOf(await headers()) }
}

function uuid(kind: IdKind, id: string): string {
  const found = parseId(kind, String(id))
  if (found === null) throw new AppError('not_found')
  return found
}

export async function addAgent(org: string, _previous: FormResult, form: FormData): Promise<FormResult> {
  return acting(async () => {
    const who = await by(org)
    const { id } = await createAgent(who, newAgent(form))
    redirect(`${pathOf(who.tenant)}/agents/${id}`)
  })
}

export async function saveAgent(
  org: string,
  id: string,
  _previous: FormResult,
  form: FormData,
): Promise<FormResult> {
  return acting(async () => {
    await changeAgent(await by(org), uuid('agent', id), agentChange(form))
    again()
    return { done: true }
  })
}

export async function disableAgent(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    await setAgentDisabled(await by(org), uuid('agent', id), true)
    again()
    return null
  })
}

export async function enableAgent(org: string, id: string): Promise<ConfirmResult> {
  return acting(async () => {
    await setAgentDisabled(await by(org), uuid('agent', id), false)
    again()
    return null
  })
}

export async function addCredential(
  org: string,
  id: string,
  _previous: CredentialResult,
  form: FormData,
): Promise<CredentialResult> {
  return acting(async () => {
    const made = await createCredential(await by(org), uuid('agent', id), newCredential(form))
    again()
    return { made: made.id, secret: made.secret ?? null }
  })
}

export async function rotateSecret(
  org: string,
  id: string,
  credential: string,
  _previous: CredentialResult,
  form: FormData,
): Promise<CredentialResult> {
  return acting(async () => {
    const admin = await by(org)
    const old = uuid('agent_credential', credential)
    const made = await rotateCredential(admin, uuid('agent', id), old, rotation(form))
    again()
    return { made: made.id, secret: made.secret }
  })
}

export async function endCredential(org: string, id: string, credential: string): Promise<ConfirmResult> {
  return acting(async () => {
    await revokeCredential(await by(org), uuid('agent', id), uuid('agent_credential', credential))
    again()
    return null
  })
}

export async function addToolset(
  org: string,
  id: string,
  _previous: FormResult,
  form: FormData,
): Promise<FormResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'agents.manage')
    const origin = originOf(await headers())
    const { org_id: _, ...input } = newToolset(form, String(id))
    await forOrg(tenant, async (tx) => {
      const created = await createToolsetIn(tx, tenant, input, reachable, actorOf(caller))
      await audited(tx, tenant, caller, origin, 'toolset.created', { toolset_id: created.id })
    })
    again()
    return { done: true }
  })
}

export async function removeToolset(org: string, toolset: string): Promise<ConfirmResult> {
  return acting(async () => {
    const { caller, tenant } = await requireOrg(String(org), 'agents.manage')
    const origin = originOf(await headers())
    await forOrg(tenant, async (tx) => {
      await deleteToolsetIn(tx, tenant, uuid('agent_toolset', toolset))
      await audited(tx, tenant, caller, origin, 'toolset.deleted', { toolset_id: String(toolset) })
    })
    again()
    return null
  })
}
