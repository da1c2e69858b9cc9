// Behalf with more asked of it than by default, each in an organization of its own beside the first.
import { type Behalf, callApi, connectAccount } from './behalf.ts'
import { source } from './policy.ts'

type Variant = { id: string; name: string; accountId: string; keys: boolean }

export async function variantsOf({ instance, key, accountId }: Behalf): Promise<Variant[]> {
  const api = (path: string, body: object) => callApi(instance, key, path, body)

  const cedar = await connectAccount(instance, key, 'bench-cedar')
  const draft = await api('/policy_versions', { org_id: 'bench-cedar', source: source() })
  await api(`/policy_versions/${draft.id}/publish`, {})

  const limited = await connectAccount(instance, key, 'bench-limits')
  const limit = { org_id: 'bench-limits', most: 1_000_000_000 }
  await api('/limits', { ...limit, name: 'A minute', kind: 'rate', window_seconds: 60, per: ['account'] })
  await api('/limits', { ...limit, name: 'A day', kind: 'daily_calls' })

  return [
    { id: 'cedar', name: '50 Cedar policies', accountId: cedar, keys: false },
    { id: 'limits', name: 'a rate and a day limited', accountId: limited, keys: false },
    { id: 'keys', name: 'an Idempotency-Key each', accountId, keys: true },
  ]
}
