import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { Fact, Facts } from '#components/console/facts'
import { Time } from '#components/console/time'
import { Command } from '#components/ui/curl'
import { exploreAudit } from '#lib/audit'
import { config } from '#lib/config'
import { uuidShape } from '#lib/http'
import { permits } from '#lib/identity/schema'
import { callsOf, getRequest, spanAround } from '#lib/request-log'
import { getOrg } from '#lib/tenancy'
import { orNotFound, pathOf, requireOrg } from '../../../session.ts'
import { ConsoleShell } from '../../../shell.tsx'
import { Asker, StatusOf } from '../list.tsx'
import { replayOf } from '../replay.ts'
import { LedTo } from './led-to.tsx'

export const metadata: Metadata = { title: 'Request' }

/** Events that are told beside a request. */
const eventsMost = 20

const link = 'text-link underline underline-offset-2'
const code = (text: string) => <code className="font-mono text-xs break-all">{text}</code>

export default async function RequestPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params
  const admin = await requireOrg(org, 'events.read', `requests-log/${id}`)
  const { tenant, caller } = admin
  if (!uuidShape.test(id)) notFound()
  const line = await orNotFound(getRequest(tenant, id))
  const executions = await callsOf(tenant, line)
  const { events, lookedTo } = await exploreAudit(
    tenant,
    { ...spanAround(line), trace: [line.trace_id] },
    null,
    eventsMost,
  )
  const { curl, whole } = replayOf(line, config().publicUrl)
  const base = pathOf(tenant)
  return (
    <ConsoleShell admin={admin} org={await getOrg(tenant)} here="requests-log">
      <Link href={`${base}/requests-log`} className={`text-sm ${link}`}>
        Requests log
      </Link>
      <h1 className="mt-2 flex flex-wrap items-center gap-3 font-mono text-base font-semibold wrap-anywhere">
        {line.method} {line.path}
        <StatusOf status={line.status} />
      </h1>
      <div className="mt-8 grid gap-10 lg:grid-cols-2">
        <section aria-labelledby="what" className="min-w-0">
          <h2 id="what" className="mb-3 font-semibold">
            What was asked and answered
          </h2>
          <Facts>
            <Fact name="At">
              <Time at={line.at} />
            </Fact>
            <Fact name="Took">{line.duration_ms.toLocaleString('en')} ms</Fact>
            <Fact name="By">
              <Asker line={line} />
            </Fact>
            {line.error_code && (
              <Fact name="Error">
                <a href={`/docs/errors#${line.error_code}`} className={link}>
                  {code(line.error_code)}
                </a>
              </Fact>
            )}
            {line.tool_name && <Fact name="Tool">{code(line.tool_name)}</Fact>}
            {line.query && <Fact name="Query">{code(line.query)}</Fact>}
            <Fact name="Fields of the body">
              {line.fields.length === 0 ? 'None' : code(line.fields.join(', '))}
            </Fact>
            <Fact name="Operation">{code(line.route)}</Fact>
            <Fact name="Request id">{code(line.trace_id)}</Fact>
          </Facts>
        </section>
        <section aria-labelledby="again" className="grid min-w-0 content-start gap-3">
          <h2 id="again" className="font-semibold">
            Ask the same again
          </h2>
          {!whole && (
            <p className="text-sm text-muted-fg">
              What a request carries is not kept: fill in what stands as “…”.
            </p>
          )}
          <Command text={curl} what="the command" />
        </section>
        <section aria-labelledby="led" className="min-w-0">
          <h2 id="led" className="mb-3 font-semibold">
            What it led to
          </h2>
          <LedTo
            base={base}
            executions={executions}
            events={events}
            whole={lookedTo === null}
            mayAudit={permits(caller.role, 'audit.read')}
          />
        </section>
      </div>
    </ConsoleShell>
  )
}
