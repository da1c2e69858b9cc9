import type { ErrorCode } from '#lib/errors'

type Advice = {
  /** When it is answered. */
  when: string
  /** What a client should do about it. */
  act: string
}

/** In the words of the docs; a code without any does not compile. docs/errors.md is made from it. */
export const advice: Record<ErrorCode, Advice> = {
  unauthenticated: {
    when: 'No, an unknown, an expired or a revoked credential.',
    act: 'Send `Authorization: Bearer bhf_sk_…` with a key that is in force. `npm run behalf -- keys create` makes one.',
  },
  forbidden: {
    when: 'The credential is good, but not for this: its role or its organization does not reach so far, a confirmation code is not the one, or the consent was given to agents and not to the product itself.',
    act: 'Use a key with the role that `detail` names, or ask the user for a consent that names you.',
  },
  not_found: {
    when: "Absent, or another organization's: the two answer alike.",
    act: 'Check the id, and that the key reaches the organization.',
  },
  method_not_allowed: {
    when: 'The route exists and does not take this method; `Allow` names those it takes.',
    act: 'Look the operation up in the reference.',
  },
  invalid_json: { when: 'The body does not parse as JSON.', act: 'Send valid JSON in UTF-8.' },
  bad_request: {
    when: 'A browser came back from a provider with an answer that belongs to no open request, or that was meddled with.',
    act: 'Nothing was connected and no code was spent. Create a new connect session.',
  },
  payload_too_large: { when: 'The body is over 1 MiB.', act: 'Send less.' },
  unsupported_media_type: {
    when: 'A body without a content type, or with another than JSON.',
    act: 'Send `Content-Type: application/json`.',
  },
  invalid_request: {
    when: 'Body, query, or the `params` of a tool do not fit their schema. Unknown fields are refused too.',
    act: 'Read `errors[]`: each entry names a path and what is wrong with it.',
  },
  idempotency_mismatch: {
    when: 'The idempotency key was used for a different request.',
    act: 'Use a new key for a new request.',
  },
  idempotency_in_progress: {
    when: 'The request with the same idempotency key still runs, or the same import of credentials: a refresh token must not be spent twice.',
    act: 'Wait, then send the same request again: it answers what the first one made.',
  },
  conflict: {
    when: 'The object is not in a state that allows this, such as confirming before the user has finished.',
    act: 'Read the object again and decide anew.',
  },
  insufficient_scope: {
    when: 'The user has not granted what the tool needs, or the access token of an agent lacks a scope. Nothing was sent to the provider.',
    act: 'Send the user to `connect_url`: its consent screen asks for `required_scopes` beside `granted_scopes`. Then call again. Without `connect_url` it is the token: `WWW-Authenticate` names the `scope` to ask for.',
  },
  policy_denied: {
    when: 'A policy of the organization forbids the tool or its effect; `policy_ids` names it. Nothing was sent to the provider.',
    act: 'Do not repeat it. An admin of the organization can change the policy.',
  },
  reauthorization_required: {
    when: 'The account was revoked, its consent has run out, or the provider has withdrawn it.',
    act: 'Send the user to `connect_url`, or create a connect session with `connected_account_id`.',
  },
  user_mismatch: {
    when: 'The person who finished is not the one who was invited. The fresh tokens were discarded and nothing was connected.',
    act: 'Create a new session for the person who is signed in. Treat repeats as an attack.',
  },
  account_mismatch: {
    when: 'A reconnect ended in another account at the provider. The earlier credential is untouched.',
    act: 'Ask the user to sign in to the account that is named, or connect the other one as a new account.',
  },
  session_expired: {
    when: 'The connect session is unknown, has expired, or was cancelled.',
    act: 'Create a new one.',
  },
  session_used: { when: 'The connect session has come to its end already.', act: 'Create a new one.' },
  ambiguous_account: {
    when: 'More than one account of the user fits and none was named. Behalf never takes "the first".',
    act: 'List the accounts and name one by `connected_account_id`.',
  },
  account_paused: {
    when: 'The account is paused, or a kill switch is on for the agent, the user, the tool, the connector, the organization or everybody; `detail` gives its reason. A call that was under way when it was thrown ends so, too: a write then has `outcome: unknown`.',
    act: 'Wait until it is resumed or lifted; the consent stays. Look a write up at the provider before it is made again.',
  },
  rate_limited: {
    when: 'Our own limit: of calls, by the name in `limit`, or of mail to one address or of one organization. Nothing was sent.',
    act: 'Wait for `retry_after_seconds`, then repeat.',
  },
  upstream_rate_limited: {
    when: "The provider's limit, for longer than a call can wait. Until then nothing is sent to it.",
    act: 'Wait for `retry_after_seconds`, then repeat.',
  },
  upstream_error: {
    when: 'The provider failed, could not be reached, or answered something unreadable, after the tries that are safe. `category` tells what passes from what does not.',
    act: 'Repeat later if `retryable` is true. With `outcome: "unknown"` a write may have happened: look at the provider first.',
  },
  upstream_rejected: {
    when: 'The provider refused the call; its status and its body, freed of secrets, are under `upstream`.',
    act: 'Correct the `params`. Repeating the same call will not help.',
  },
  upstream_timeout: {
    when: 'The provider did not answer within the deadline.',
    act: 'A read may be repeated. With `outcome: "unknown"` a write may have happened, and Behalf does not repeat it: look at the provider first.',
  },
  circuit_open: {
    when: 'The provider has been failing for this organization, so its calls there are held back. Nothing was sent.',
    act: 'Wait for `retry_after_seconds`, then repeat.',
  },
  unavailable: {
    when: 'Something Behalf itself needs is down: database, keys, or the audit. Unless `outcome` says otherwise, nothing was done.',
    act: 'Repeat later. With `outcome: "unknown"` look the execution up by `execution_id` first.',
  },
  internal: {
    when: 'A fault of Behalf.',
    act: 'Report it with the `trace_id`: the log has the rest.',
  },
}
