import { appendAudit, type Origin, originFields } from '#lib/audit'
import { config } from '#lib/config'
import type { Tx } from '#lib/db'
import { createDns, type Dns } from '#lib/egress'
import { emit } from '#lib/events'
import { actorOf, systemCaller } from '#lib/identity'
import { log } from '#lib/log'
import type { Caller, Tenant } from '#lib/proof'
import { checkDomain as check, type DomainTurn, dueDomains, getDomain } from '#lib/tenancy'
import type { Domain } from '#lib/tenancy/schema'

let resolver: Dns | undefined
const dns = (): Dns => {
  resolver ??= createDns(config().dnsServer)
  return resolver
}

const recorder =
  (tenant: Tenant, caller: Caller, origin: Origin | null) =>
  async (tx: Tx, turn: DomainTurn, { id, hostname }: Domain): Promise<void> => {
    const facts = { domain_id: id, hostname }
    await appendAudit(tx, tenant, {
      action: `domain.${turn}`,
      outcome: 'allowed',
      actor: actorOf(caller),
      details: facts,
      ...(origin && originFields(origin)),
    })
    await emit(tx, tenant, `domain.${turn}`, facts)
  }

const pauseMs = 3_000

/** Looks a domain's records up now, unless that was done a moment ago. @throws AppError `not_found` */
export async function checkDomain(
  tenant: Tenant,
  caller: Caller,
  id: string,
  origin: Origin,
): Promise<Domain> {
  const known = await getDomain(tenant, id)
  if (known.checked_at && Date.now() - Date.parse(known.checked_at) < pauseMs) return known
  return check(tenant, id, dns(), recorder(tenant, caller, origin))
}

/** Looks up all domains of an org whose time has come. */
export async function checkDueDomains(tenant: Tenant): Promise<void> {
  for (const id of await dueDomains(tenant)) {
    // One that cannot be looked at now does not hold up the others.
    await check(tenant, id, dns(), recorder(tenant, systemCaller('domains'), null)).catch((err: unknown) =>
      log.error({ err, domain_id: id }, 'domain not checked'),
    )
  }
}
