import { curlOf } from '#components/ui/curl'

type Facts = {
  publicUrl: string
  org: string
  user: string
  connector: string
  scopes: readonly string[]
  tool: string
  /** An account that is connected already. */
  account: string | null
}

/** Prints one field of the JSON that comes in. */
const pick = `pick() { node -p "JSON.parse(require('fs').readFileSync(0, 'utf8'))$1"; }`

/** `{{NAME}}` is what the shell is to put in, between single quotes. */
const expanded = (command: string) => command.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => `'"$${name}"'`)

/**
 * The commands of the way to a first call, with the reader's own ids and never a secret of theirs: the key is in a
 * variable that they fill by themselves.
 */
export function commandsOf({ publicUrl, org, user, connector, scopes, tool, account }: Facts) {
  const api = `${publicUrl}/api/v1`
  const post = (path: string, body: object) =>
    expanded(curlOf({ method: 'POST', url: `${api}${path}`, body }))
  const call = post('/tools/execute', { connected_account_id: '{{ACCOUNT}}', tool_name: tool })
  const invite = post('/connect_sessions', {
    org_id: org,
    user_id: user,
    connectors: [connector],
    scopes: { [connector]: scopes },
  })
  return {
    // What reads comes last: a shell that takes a paste line by line would read the next line for the answer.
    key: `${pick}\nexport BEHALF_API_KEY\nread -rs BEHALF_API_KEY`,
    invite: `SESSION=$(${invite})\nprintf '%s' "$SESSION" | pick .url`,
    code: 'read -r CODE',
    confirm: [
      `SESSION_ID=$(printf '%s' "$SESSION" | pick .id)`,
      `ACCOUNT=$(${post('/connect_sessions/{{SESSION_ID}}/confirm', {
        user_id: user,
        confirmation_code: '{{CODE}}',
      })} \\\n  | pick .connected_account_id)`,
      'echo "$ACCOUNT"',
    ].join('\n'),
    call: account === null ? call : `ACCOUNT=${account}\n${call}`,
    audit: `${curlOf({ method: 'GET', url: `${api}/audit_events?org_id=${encodeURIComponent(org)}` })} \\\n  | pick ".data.map((event) => [event.sequence, event.action, event.outcome].join(' '))"`,
    revoke: `${post('/connected_accounts/{{ACCOUNT}}/revoke', { reason: 'Trying it out' })} \\\n  | pick .upstream`,
  }
}
