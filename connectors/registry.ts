import type { Connector } from '#lib/connector-kit'
import { airtable } from './airtable/index.ts'
import { github } from './github/index.ts'
import { google } from './google/index.ts'
import { practiceForms } from './practice/index.ts'
import { sandbox } from './sandbox/index.ts'
import { slack } from './slack/index.ts'
import { zendesk } from './zendesk/index.ts'

/** Every connector that ships; a provider is its folder and its line here. */
export const connectors: Readonly<Record<string, Connector>> = {
  sandbox,
  github,
  google,
  slack,
  airtable,
  zendesk,
  ...practiceForms,
}
