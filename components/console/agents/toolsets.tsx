import type { ReactNode } from 'react'
import { Card } from '#components/ui/card'
import { Field, Input } from '#components/ui/field'
import type { Toolset } from '#lib/identity/schema'
import { Fact, Facts } from '../facts.tsx'
import { Area, type FormAction, SavedForm } from './agent-form.tsx'
import { McpClients } from './mcp-clients.tsx'

const listOf = (names: readonly string[] | null, all: string): string => names?.join(', ') ?? all

/** A named part of the tools, with its endpoint. */
export const ToolsetCard = ({ toolset, children }: { toolset: Toolset; children: ReactNode }) => (
  <Card className="grid gap-4 p-5">
    <h3 className="font-semibold wrap-anywhere">{toolset.name}</h3>
    <Facts>
      {toolset.description && <Fact name="Description">{toolset.description}</Fact>}
      <Fact name="MCP endpoint">
        <code className="font-mono text-xs break-all select-all">{toolset.url}</code>
      </Fact>
      <Fact name="For">{toolset.agent_id === null ? 'Every agent' : 'This agent'}</Fact>
      <Fact name="Connectors">{listOf(toolset.connectors, 'All')}</Fact>
      <Fact name="Tools">{listOf(toolset.tools, 'All of these connectors')}</Fact>
    </Facts>
    <details className="rounded-control border border-border px-4">
      <summary className="cursor-pointer py-2.5 text-sm font-medium">Connect an MCP client</summary>
      <div className="pt-2">
        <McpClients url={toolset.url} group={toolset.id} />
      </div>
    </details>
    <div>{children}</div>
  </Card>
)

/** Asks for a toolset. */
export const NewToolset = ({ action }: { action: FormAction }) => (
  <SavedForm action={action} submit="Add toolset" done="Added.">
    <Field label="Toolset name">
      <Input name="name" required maxLength={100} autoComplete="off" />
    </Field>
    <Field label="Connectors of the toolset" hint="One a line. Empty: all.">
      <Area name="connectors" rows={2} />
    </Field>
    <Field label="Tools of the toolset" hint="One a line. Empty: all of these connectors.">
      <Area name="tools" rows={2} />
    </Field>
  </SavedForm>
)
