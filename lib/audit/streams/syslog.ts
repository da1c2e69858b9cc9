import type { AuditEvent } from '../schema.ts'

/** `log audit` (RFC 5424 §6.2.1). */
const facility = 13
const severities = { allowed: 6, denied: 4, failed: 4, unknown: 5 } as const

/** What a header field may be: printable, no space, so long at most; `-` for nothing (RFC 5424 §6.2). */
const field = (text: string, most: number) => text.replace(/[^\x21-\x7e]/g, '_').slice(0, most) || '-'
const param = (name: string, value: string) => `${name}="${value.replace(/["\\\]]/g, '\\$&')}"`

/** One event as a message of RFC 5424; 32473 is the number that RFC 5612 keeps for those without one of their own. */
export function syslogLine(event: AuditEvent, host: string): string {
  const data = [
    param('chain', event.chain),
    param('org', event.org_id),
    param('sequence', String(event.sequence)),
    param('outcome', event.outcome),
    param('hash', event.hash),
  ].join(' ')
  const header = `<${facility * 8 + severities[event.outcome]}>1 ${event.occurred_at} ${field(host, 255)} behalf - ${field(event.action, 32)}`
  return `${header} [behalf@32473 ${data}] \uFEFF${JSON.stringify(event)}`
}

/** Octet counting (RFC 5425 §4.3): the length in bytes, a space, the message. */
export function framed(message: string): Buffer {
  const bytes = Buffer.from(message, 'utf8')
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes])
}
