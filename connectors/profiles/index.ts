import type { ProviderProfile } from '#lib/connector-kit'
import { airtable } from './airtable.ts'
import { asana } from './asana.ts'
import { atlassian } from './atlassian.ts'
import { box } from './box.ts'
import { clickup } from './clickup.ts'
import { dropbox } from './dropbox.ts'
import { figma } from './figma.ts'
import { githubApp } from './github-app.ts'
import { githubOauth } from './github-oauth.ts'
import { gitlab } from './gitlab.ts'
import { google } from './google.ts'
import { hubspot } from './hubspot.ts'
import { intercom } from './intercom.ts'
import { linear } from './linear.ts'
import { microsoft } from './microsoft.ts'
import { monday } from './monday.ts'
import { notion } from './notion.ts'
import { salesforce } from './salesforce.ts'
import { shopify } from './shopify.ts'
import { slack } from './slack.ts'
import { stripeApps } from './stripe-apps.ts'
import { stripeConnect } from './stripe-connect.ts'
import { trello } from './trello.ts'
import { zendesk } from './zendesk.ts'
import { zoom } from './zoom.ts'

/**
 * What is known of each provider, whether a connector ships for it or not. `unverified` in a profile names what was not
 * found in a text of the provider's own; nothing here was probed with a live account unless a recorded answer says so.
 */
export const profiles: Readonly<Record<string, ProviderProfile>> = Object.fromEntries(
  [
    slack,
    google,
    microsoft,
    githubApp,
    githubOauth,
    hubspot,
    salesforce,
    atlassian,
    asana,
    trello,
    linear,
    notion,
    zoom,
    dropbox,
    box,
    airtable,
    zendesk,
    intercom,
    gitlab,
    stripeConnect,
    stripeApps,
    shopify,
    figma,
    clickup,
    monday,
  ].map((profile) => [profile.id, profile]),
)
