import { defineConnector, oauth2Of } from '#lib/connector-kit'
import { githubOauth as profile } from '../profiles/github-oauth.ts'
import { listDiscussions } from './discussions.ts'
import { commentIssue, createIssue, getIssue, listIssues, searchIssues } from './issues.ts'
import { repositoryLimit } from './limits.ts'
import { listNotifications } from './notifications.ts'
import { uploadReleaseAsset } from './releases.ts'
import { getFile, listRepositories } from './repositories.ts'
import { words } from './words/index.ts'

/** GitHub through an OAuth App: its tokens never expire, and a new one is had only by asking the person again. */
export const github = defineConnector({
  id: 'github',
  name: 'GitHub',
  summary: 'Repositories, files, issues and notifications.',
  apiBaseUrl: '{api}',
  // Files go to a host of their own.
  baseUrls: { ...profile.baseUrls, uploads: 'https://uploads.github.com' },
  auth: oauth2Of(profile),
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
  blocked: {
    push: { does: 'push code or change files', with: ['public_repo'] },
    settings: { does: 'change the settings of a repository, or delete it', with: ['public_repo'] },
  },
  purposes: {
    read: 'So that the agent knows what waits for you.',
    write: 'So that the agent can read issues and files, and open or answer issues for you.',
  },
  samples: [
    { tool: 'github.list_issues', says: 'List the open issues of a repository' },
    { tool: 'github.create_issue', says: 'Open an issue in your name' },
    { tool: 'github.list_notifications', says: 'Tell you which reviews wait for you' },
  ],
  resources: { repository: repositoryLimit },
  apiErrors: profile.apiErrors,
  rates: profile.rates,
  notices: { scheme: 'github' },
  words,
  tools: [
    listRepositories,
    getFile,
    listIssues,
    getIssue,
    searchIssues,
    createIssue,
    commentIssue,
    listNotifications,
    listDiscussions,
    uploadReleaseAsset,
  ],
})
