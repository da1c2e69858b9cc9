import { compactVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose'
import { forOrg } from '#lib/db'
import { log } from '#lib/log'
import { homeOf, keysOf, noteUsedIn } from './client.ts'
import { type CredentialRow, inForce } from './in-force.ts'

/** What an agent has proven itself with, where somebody else looked at it: its own assertion, or a certificate. */
export type UsedProof = { assertion: string } | { certificateThumbprint: string }

const secondsBetween = 60
const notedMax = 10_000
/** By agent and key, when its use was noted by this process. */
const noted = new Map<string, number>()

function keyOf(clientId: string, proof: UsedProof): string {
  if ('certificateThumbprint' in proof) return `${clientId} ${proof.certificateThumbprint}`
  return `${clientId} ${decodeProtectedHeader(proof.assertion).kid ?? ''}`
}

/** The credential that a proof was made with: of keys, the one that verifies it. */
async function credentialOf(rows: readonly CredentialRow[], proof: UsedProof): Promise<string | null> {
  if ('certificateThumbprint' in proof)
    return rows.find((row) => row.certificate_thumbprint === proof.certificateThumbprint)?.id ?? null
  for (const row of rows.filter(({ kind }) => kind === 'private_key_jwt')) {
    for (const key of await keysOf(row)) {
      const one = createLocalJWKSet({ keys: [{ ...key, kty: String(key.kty) }] })
      const verified = await compactVerify(proof.assertion, one).catch(() => null)
      if (verified) return row.id
    }
  }
  return null
}

/**
 * Notes that an agent was here, and with which of its keys or certificates. It was let in by then: nobody waits for this,
 * and once a minute says enough of it.
 */
export function noteProofUsed(clientId: string, proof: UsedProof): void {
  const key = keyOf(clientId, proof)
  const now = performance.now()
  if (now - (noted.get(key) ?? Number.NEGATIVE_INFINITY) < secondsBetween * 1000) return
  if (noted.size >= notedMax) noted.clear()
  noted.set(key, now)
  note(clientId, proof).catch((err: unknown) =>
    log.warn({ err, agent_id: clientId }, 'not noted what an agent proved itself with'),
  )
}

async function note(clientId: string, proof: UsedProof): Promise<void> {
  const at = await homeOf(clientId)
  if (!at) return
  const { home, id } = at
  const found = await forOrg(home, (tx) => inForce(tx, home, id))
  const used = await credentialOf(found?.credentials ?? [], proof)
  if (used !== null) await forOrg(home, (tx) => noteUsedIn(tx, home, id, used))
}
