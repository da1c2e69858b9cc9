// What a host product's backend does with its secret key, as its own code would: plain HTTP against the public API.

export type HostAnswer = { status: number; body: unknown }

/**
 * @param baseUrl origin of Behalf
 * @param key secret key of the product, restricted to its org
 */
export function createHostClient({ baseUrl, key }: { baseUrl: string; key: string }) {
  async function call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<HostAnswer> {
    const response = await fetch(`${baseUrl}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
    })
    return { status: response.status, body: await response.json() }
  }
  const id = (value: string) => encodeURIComponent(value)
  return {
    createSession: (session: Record<string, unknown>) => call('POST', 'connect_sessions', session),
    confirm: (session: string, who: { user_id: string; confirmation_code: string }) =>
      call('POST', `connect_sessions/${id(session)}/confirm`, who),
    accounts: (orgId: string, userId: string) =>
      call('GET', `connected_accounts?${new URLSearchParams({ org_id: orgId, user_id: userId })}`),
    account: (account: string) => call('GET', `connected_accounts/${id(account)}`),
    run: (account: string, tool: string, params: Record<string, unknown>) =>
      call('POST', 'tools/execute', { connected_account_id: account, tool_name: tool, params }),
    revoke: (account: string, reason: string) =>
      call('POST', `connected_accounts/${id(account)}/revoke`, { reason }),
  }
}
