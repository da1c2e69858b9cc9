import { z } from 'zod'

/** Where the audit's signed heads go, and how long its events are kept. */
export type AuditSettings = Readonly<{
  /** How often a chain that moved is signed, in seconds. */
  checkpointSeconds: number
  /** Folder of signed heads; `null` for `checkpoints` in the data folder. */
  checkpointDir: string | null
  webhook: Readonly<{ url: string; token: string | null }> | null
  store: Readonly<{
    /** A bucket, and where in it: `https://bucket.s3.region.amazonaws.com/prefix` or `https://host/bucket/prefix`. */
    url: string
    region: string
    accessKeyId: string
    secretAccessKey: string
    sessionToken: string | null
    /** How long the bucket is asked to lock each object, in days; `null` leaves it to the bucket's own settings. */
    lockDays: number | null
  }> | null
  /** Where the organization has set nothing, in days; `null` keeps events for ever. */
  retentionDays: number | null
}>

const isLoopback = (url: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
const place = z
  .url({ protocol: /^https?$/, message: 'must be an https URL' })
  .transform((text) => text.replace(/\/+$/, ''))
  .refine((text) => text.startsWith('https:') || isLoopback(text), 'must be https')
  .refine((text) => !/[?#@]/.test(text), 'must have no login, query or fragment')

export const auditEnvironment = {
  BEHALF_CHECKPOINT_SECONDS: z.coerce.number().int().min(60).max(86_400).default(300),
  BEHALF_CHECKPOINT_DIR: z.string().min(1).optional(),
  BEHALF_CHECKPOINT_WEBHOOK: place.optional(),
  BEHALF_CHECKPOINT_WEBHOOK_TOKEN: z.string().min(16, 'must be at least 16 characters').optional(),
  BEHALF_CHECKPOINT_S3_URL: place.optional(),
  BEHALF_CHECKPOINT_S3_REGION: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'must be a region such as eu-central-1')
    .default('us-east-1'),
  BEHALF_CHECKPOINT_S3_LOCK_DAYS: z.coerce.number().int().min(1).max(36_500).optional(),
  BEHALF_AUDIT_RETENTION_DAYS: z.coerce.number().int().min(30).max(36_500).optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
}

type Environment = z.infer<z.ZodObject<typeof auditEnvironment>>

/** @param refuse raises the error that stops the boot */
export function readAuditSettings(e: Environment, refuse: (line: string) => never): AuditSettings {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = e
  const store = (url: string) => {
    if (!accessKeyId || !secretAccessKey) {
      return refuse('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are required with BEHALF_CHECKPOINT_S3_URL')
    }
    const region = e.BEHALF_CHECKPOINT_S3_REGION
    return {
      url,
      region,
      accessKeyId,
      secretAccessKey,
      sessionToken: e.AWS_SESSION_TOKEN ?? null,
      lockDays: e.BEHALF_CHECKPOINT_S3_LOCK_DAYS ?? null,
    }
  }
  return {
    checkpointSeconds: e.BEHALF_CHECKPOINT_SECONDS,
    checkpointDir: e.BEHALF_CHECKPOINT_DIR ?? null,
    webhook: e.BEHALF_CHECKPOINT_WEBHOOK
      ? { url: e.BEHALF_CHECKPOINT_WEBHOOK, token: e.BEHALF_CHECKPOINT_WEBHOOK_TOKEN ?? null }
      : null,
    store: e.BEHALF_CHECKPOINT_S3_URL ? store(e.BEHALF_CHECKPOINT_S3_URL) : null,
    retentionDays: e.BEHALF_AUDIT_RETENTION_DAYS ?? null,
  }
}

/** What the operator named may lie in a private network: the entries for `BEHALF_EGRESS_ALLOW`. */
export const auditAllowances = ({ webhook, store }: AuditSettings): string[] =>
  [webhook?.url, store?.url].flatMap((address) => {
    if (!address) return []
    const { hostname, port, protocol } = new URL(address)
    return `siem=${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  })
