import { z } from 'zod'
import { defineConnector, oauth2, standardTokens } from '#lib/connector-kit'
import { commentIssue, createIssue, getIssue, listIssues, searchIssues } from './issues.ts'
import { listNotifications } from './notifications.ts'
import { getFile, listRepositories } from './repositories.ts'

const person = z.object({ id: z.number(), login: z.string() })

/** GitHub through an OAuth App: its tokens never expire, and a new one is had only by asking the person again. */
export const github = defineConnector({
  id: 'github',
  name: 'GitHub',
  summary: 'Repositories, files, issues and notifications.',
  apiBaseUrl: '{api}',
  baseUrls: { api: 'https://api.github.com', web: 'https://github.com' },
  auth: oauth2({
    authorizeUrl: '{web}/login/oauth/authorize',
    tokenUrl: '{web}/login/oauth/access_token',
    // Sent with the redirect since 2026, withdrawn once and not advertised anywhere: to be equal when it is there.
    issuer: '{web}/login/oauth',
    clientAuth: 'client_secret_post',
    rotation: 'no_refresh_token',
    // An empty `scope` means that nothing was granted, not that everything asked for was.
    parseTokens: (body) => ({
      ...standardTokens(body),
      scopes: typeof body.scope === 'string' ? body.scope.split(/[\s,]+/).filter(Boolean) : null,
    }),
    revoke: {
      url: '{api}/applications/{client_id}/token',
      method: 'DELETE',
      authenticate: 'basic',
      body: 'json_access_token',
      token: 'access',
      endsWiderGrant: false,
      confirms: (status) => status === 204,
    },
    identity: {
      url: '{api}/user',
      method: 'GET',
      parse: (body) => {
        const { id, login } = person.parse(body)
        return { id: String(id), label: login }
      },
    },
    // These come with HTTP 200.
    tokenErrors: [
      {
        codes: ['incorrect_client_credentials', 'redirect_uri_mismatch', 'application_suspended'],
        is: 'config',
      },
      { codes: ['bad_refresh_token'], is: 'ambiguous' },
      { codes: ['bad_verification_code', 'unverified_user_email'], is: 'invalid' },
    ],
  }),
  scopes: {
    public_repo: {
      does: 'read and write your public repositories',
      example: 'Open an issue in a public repository that you work on',
      risk: 'write',
    },
    repo: {
      does: 'read and write your private repositories',
      example: 'List the open bugs of a private project',
      risk: 'write',
      withoutIt: 'The agent reaches public repositories only.',
    },
    notifications: {
      does: 'read your notifications',
      example: 'Tell you which reviews wait for you',
      risk: 'read',
      withoutIt: 'The agent cannot tell you what is new on GitHub.',
    },
  },
  implies: { repo: ['public_repo', 'notifications'] },
  overGrant:
    'GitHub has no right for reading alone: its token would also permit pushing code and changing settings in these ' +
    'repositories. Behalf keeps the token and offers the agent none of that.',
  // A token that GitHub calls bad has been withdrawn: it has no lifetime that could have run out.
  apiErrors: [
    { statuses: [401], is: 'dead' },
    { statuses: [429], is: 'rate_limited' },
    { statuses: [404, 410], is: 'not_found' },
    { statuses: [400, 409, 422], is: 'invalid' },
  ],
  notices: { scheme: 'github' },
  tools: [
    listRepositories,
    getFile,
    listIssues,
    getIssue,
    searchIssues,
    createIssue,
    commentIssue,
    listNotifications,
  ],
})
