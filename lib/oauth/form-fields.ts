import { type Connector, type FormField, fieldsAsked, hostLabelIn, kindFacts } from '#lib/connector-kit'
import { readServiceAccount } from './form-grant.ts'

/** What is wrong with one field, before anybody was asked. */
export type FieldProblem =
  | 'missing'
  | 'too_long'
  | 'not_a_key'
  | 'not_an_address'
  | 'not_an_email'
  | 'not_a_key_file'

/** Fields as they go to the provider, or what is wrong with each of them. */
export type ReadFields = {
  values: Record<string, string>
  problems: Record<string, FieldProblem>
}

/**
 * Reads what a person pasted: what came along with it at its edges is left off, and the whole address of their page is
 * as good as the part that is asked for. Fields that the connector does not have are not looked at.
 */
export function readFields(
  connector: Connector,
  given: Readonly<Record<string, string | undefined>>,
): ReadFields {
  const values: Record<string, string> = {}
  const problems: Record<string, FieldProblem> = {}
  for (const field of fieldsAsked(connector)) {
    const text = trimmed(field, given[field.name] ?? '')
    const problem = problemOf(field, text)
    const label = field.kind === 'subdomain' && !problem ? hostLabelIn(text, connector.baseUrls) : text
    if (problem) problems[field.name] = problem
    else if (label === null || (field.pattern && !matches(field.pattern, label)))
      problems[field.name] = wrongOf(field)
    else values[field.name] = label
  }
  return { values, problems }
}

const matches = (pattern: RegExp, text: string): boolean =>
  new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, '')).test(text)

/** A zero-width character or a pair of quotes comes along with what is copied from a page or a file. */
function trimmed({ kind }: FormField, text: string): string {
  const clean = text.replace(/^[\s\u200b-\u200d\u2060\ufeff]+|[\s\u200b-\u200d\u2060\ufeff]+$/g, '')
  const token = kind === 'api_key' || kind === 'api_token' || kind === 'client_secret' || kind === 'client_id'
  return token ? (/^(["'])(.*)\1$/s.exec(clean)?.[2] ?? clean).trim() : clean
}

function problemOf(field: FormField, text: string): FieldProblem | null {
  if (text === '') return 'missing'
  const { longest, pattern } = kindFacts[field.kind]
  // The whole address of a page may be pasted where a part of it is asked for.
  if (text.length > (field.kind === 'subdomain' ? 300 : longest)) return 'too_long'
  if (field.kind === 'subdomain') return null
  if (!matches(pattern, text)) return wrongOf(field)
  return field.kind === 'service_account' && !readServiceAccount(text) ? 'not_a_key_file' : null
}

function wrongOf({ kind }: FormField): FieldProblem {
  if (kind === 'subdomain') return 'not_an_address'
  if (kind === 'email') return 'not_an_email'
  return kind === 'service_account' ? 'not_a_key_file' : 'not_a_key'
}
