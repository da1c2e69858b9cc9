import { z } from 'zod'

export const keyServiceNames = ['local', 'vault', 'aws_kms', 'gcp_kms'] as const
export type KeyServiceName = (typeof keyServiceNames)[number]

/** What wraps the organizations' data keys (docs/key-services.md). A service is there when its settings are. */
export type KeySettings = Readonly<{
  service: KeyServiceName
  /** The deployment's key at `service`; `null` for `local`, whose key is the first of `masterKeys`. */
  name: string | null
  /** 32 bytes each: the first wraps, all unwrap. */
  masterKeys: readonly Uint8Array[]
  /** How long an unwrapped key is reused while the service does not answer, in seconds. */
  cacheSeconds: number
  vault: Readonly<{
    address: string
    token: string | null
    tokenFile: string | null
    mount: string
    namespace: string | null
  }> | null
  aws: Readonly<{ region: string; endpoint: string | null }> | null
  gcp: Readonly<{ credentialsFile: string; endpoint: string | null }> | null
}>

const keyBytes = (text: string) => Buffer.from(text, 'base64')
const isLoopback = (url: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
const origin = z
  .url({ protocol: /^https?$/, message: 'must be an origin such as https://vault.example.com:8200' })
  .transform((text) => text.replace(/\/+$/, ''))
  .refine((text) => new URL(text).origin === text, 'must be an origin without a path')
  .refine((text) => text.startsWith('https:') || isLoopback(text), 'must be https')

export const keyEnvironment = {
  BEHALF_MASTER_KEY: z
    .string()
    .refine((text) => keyBytes(text).length === 32, 'must be base64 of exactly 32 bytes')
    .optional(),
  BEHALF_MASTER_KEYS_PREVIOUS: z
    .string()
    .transform((list) => list.split(',').flatMap((one) => one.trim() || []))
    .refine(
      (list) => list.every((one) => keyBytes(one).length === 32),
      'must be a comma-separated list, each base64 of exactly 32 bytes',
    )
    .default([]),
  BEHALF_KEY_SERVICE: z.enum(keyServiceNames).default('local'),
  BEHALF_KMS_KEY: z.string().optional(),
  BEHALF_KEY_CACHE_SECONDS: z.coerce.number().int().min(60).max(86_400).default(3_600),
  BEHALF_VAULT_ADDR: origin.optional(),
  BEHALF_VAULT_TOKEN: z.string().optional(),
  BEHALF_VAULT_TOKEN_FILE: z.string().optional(),
  BEHALF_VAULT_MOUNT: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, 'must be the path of a Transit secrets engine')
    .default('transit'),
  BEHALF_VAULT_NAMESPACE: z.string().optional(),
  BEHALF_AWS_REGION: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'must be a region such as eu-central-1')
    .optional(),
  BEHALF_AWS_KMS_ENDPOINT: origin.optional(),
  BEHALF_GCP_CREDENTIALS_FILE: z.string().optional(),
  BEHALF_GCP_KMS_ENDPOINT: origin.optional(),
}

type Environment = z.infer<z.ZodObject<typeof keyEnvironment>>

/** Said before anything else that is missing: other values are derived from this key. */
export const masterKeyMissing =
  'BEHALF_MASTER_KEY is required: base64 of 32 random bytes, for instance from `openssl rand -base64 32`'

/**
 * Puts the key settings together.
 * @param refuse raises the error that stops the boot
 */
export function readKeySettings(e: Environment, refuse: (line: string) => never): KeySettings {
  const service = e.BEHALF_KEY_SERVICE
  const needs = (name: string, value: unknown) =>
    value === undefined && refuse(`${name} is required when BEHALF_KEY_SERVICE is ${service}`)
  if (service !== 'local') needs('BEHALF_KMS_KEY', e.BEHALF_KMS_KEY)
  if (service === 'vault') needs('BEHALF_VAULT_ADDR', e.BEHALF_VAULT_ADDR)
  if (service === 'aws_kms') needs('BEHALF_AWS_REGION', e.BEHALF_AWS_REGION)
  if (service === 'gcp_kms') needs('BEHALF_GCP_CREDENTIALS_FILE', e.BEHALF_GCP_CREDENTIALS_FILE)
  const hasToken = e.BEHALF_VAULT_TOKEN !== undefined || e.BEHALF_VAULT_TOKEN_FILE !== undefined
  if (e.BEHALF_VAULT_ADDR !== undefined && !hasToken)
    refuse('BEHALF_VAULT_TOKEN or BEHALF_VAULT_TOKEN_FILE is required when BEHALF_VAULT_ADDR is set')
  const current = e.BEHALF_MASTER_KEY === undefined ? [] : [e.BEHALF_MASTER_KEY]
  return {
    service,
    name: service === 'local' ? null : (e.BEHALF_KMS_KEY ?? null),
    masterKeys: [...current, ...e.BEHALF_MASTER_KEYS_PREVIOUS].map((text) => new Uint8Array(keyBytes(text))),
    cacheSeconds: e.BEHALF_KEY_CACHE_SECONDS,
    vault:
      e.BEHALF_VAULT_ADDR === undefined
        ? null
        : {
            address: e.BEHALF_VAULT_ADDR,
            token: e.BEHALF_VAULT_TOKEN ?? null,
            tokenFile: e.BEHALF_VAULT_TOKEN_FILE ?? null,
            mount: e.BEHALF_VAULT_MOUNT,
            namespace: e.BEHALF_VAULT_NAMESPACE ?? null,
          },
    aws:
      e.BEHALF_AWS_REGION === undefined
        ? null
        : { region: e.BEHALF_AWS_REGION, endpoint: e.BEHALF_AWS_KMS_ENDPOINT ?? null },
    gcp:
      e.BEHALF_GCP_CREDENTIALS_FILE === undefined
        ? null
        : {
            credentialsFile: e.BEHALF_GCP_CREDENTIALS_FILE,
            endpoint: e.BEHALF_GCP_KMS_ENDPOINT ?? null,
          },
  }
}

/** What the operator named as a key service may lie in a private network: the entries for `BEHALF_EGRESS_ALLOW`. */
export const keyServiceAllowances = ({ vault, aws, gcp }: KeySettings): string[] =>
  [vault?.address, aws?.endpoint, gcp?.endpoint].flatMap((address) => {
    if (!address) return []
    const { hostname, port, protocol } = new URL(address)
    return `kms=${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  })
