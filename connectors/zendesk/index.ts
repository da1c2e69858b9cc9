import { z } from 'zod'
import { credentialForm, defineConnector } from '#lib/connector-kit'
import { zendesk as profile } from '../profiles/zendesk.ts'
import { createTicket, getTicket, listTickets, replyToTicket, searchTickets } from './tickets.ts'
import { words } from './words/index.ts'

const me = z.object({ user: z.object({ id: z.number(), email: z.string().nullish(), name: z.string() }) })

/**
 * Zendesk Support by API token: the person's address with `/token` behind it as the user name, the token as the password.
 * @see https://developer.zendesk.com/api-reference/introduction/security-and-auth/ ("API token"; not tried against a
 *   workspace of ours)
 */
export const zendesk = defineConnector({
  id: 'zendesk',
  name: 'Zendesk',
  summary: 'Support tickets: search, read, open and answer them.',
  apiBaseUrl: '{api}',
  baseUrls: { api: 'https://{subdomain}.zendesk.com' },
  auth: credentialForm({
    fields: [
      {
        name: 'subdomain',
        kind: 'subdomain',
        where: 'The first part of your Zendesk address, or the whole address.',
        example: 'acme',
      },
      {
        name: 'email',
        kind: 'email',
        where: 'The address that you sign in to Zendesk with.',
        example: 'ana@example.com',
      },
      {
        name: 'api_token',
        kind: 'api_token',
        where: 'In the Admin Center under Apps and integrations, APIs, API tokens.',
        whereUrl: 'https://support.zendesk.com/hc/en-us/articles/4408889192858',
      },
    ],
    place: { basic: { user: '{email}/token', password: '{api_token}' } },
    identity: {
      url: '{api}/api/v2/users/me.json',
      method: 'GET',
      parse: (body) => {
        const { user } = me.parse(body)
        return { id: String(user.id), label: user.email ?? user.name }
      },
    },
  }),
  scopes: {
    'tickets:read': {
      does: 'read the tickets that you can see',
      example: 'Sum up what an angry customer has written so far',
      risk: 'read',
    },
    'tickets:write': {
      does: 'open tickets in your name',
      example: 'Open a ticket for a bug that was reported in a chat',
      risk: 'write',
      withoutIt: 'The agent can read tickets but cannot open one.',
    },
    'tickets:reply': {
      does: 'answer tickets in your name',
      example: 'Send a customer the answer that you have agreed on',
      risk: 'send',
      withoutIt: 'The agent cannot answer a customer.',
    },
  },
  overGrant:
    'A Zendesk API token has no limits of its own: it permits all that you may do there, and more where you are an ' +
    'administrator. Behalf keeps it and offers the agent none of that.',
  purposes: {
    read: 'So that the agent knows what customers ask for.',
    write: 'So that the agent can file what has to be looked into.',
    send: 'So that the agent can answer customers in your place.',
  },
  samples: [
    { tool: 'zendesk.search_tickets', says: 'Look for the tickets of one customer' },
    { tool: 'zendesk.create_ticket', says: 'Open a ticket for a bug' },
    { tool: 'zendesk.reply_to_ticket', says: 'Answer a customer in your name' },
  ],
  apiErrors: profile.apiErrors,
  rates: profile.rates,
  words,
  tools: [listTickets, searchTickets, getTicket, createTicket, replyToTicket],
})
