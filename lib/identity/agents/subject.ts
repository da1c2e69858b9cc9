// Which of an issuer's tokens a federated credential means. Everything is compared exactly; what may be left open is
// only the end of a subject, and only after the part that says whose workload it is.

const workload = /^spiffe:\/\/[a-z0-9._-]{1,255}(\/[A-Za-z0-9._-]+)+$/

/** Beginnings that name one repository, project or namespace in full: after these a `*` may stand for the rest. */
const openEnds = [
  /^repo:[^/:*]+\/[^/:*]+:$/,
  /^project_path:[^/:*]+(\/[^/:*]+)+:$/,
  /^system:serviceaccount:[^:*]+:$/,
]

/** Issuers that sign for everybody: a subject of theirs means nothing unless it says whose it is. */
const everybodys = new Set(['token.actions.githubusercontent.com', 'gitlab.com'])
const owners = /(^|:)(repo|repository_owner|repository|project_path|namespace_path):[^:]/
const ownerClaims = [
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'project_id',
  'project_path',
  'namespace_id',
  'namespace_path',
]

/** What is wrong with a subject to trust; `null` where nothing is. */
export function subjectProblem(
  subject: string,
  issuer: string | null,
  claims: Readonly<Record<string, unknown>>,
): string | null {
  if (/\p{C}/u.test(subject) || subject.trim() !== subject)
    return 'must be printable, without spaces around it'
  if (subject.startsWith('spiffe:')) {
    if (!workload.test(subject) || subject.split('/').some((part) => part === '.' || part === '..'))
      return 'must be the whole SPIFFE ID of one workload: spiffe://trust-domain/path'
    return null
  }
  if (issuer === null) return 'must be a SPIFFE ID, or come with its issuer'
  if (
    subject.includes('*') &&
    !openEnds.some((open) => subject.endsWith(':*') && open.test(subject.slice(0, -1)))
  )
    return 'may end in :* only after a whole repository, project or namespace (repo:owner/name:*)'
  const host = URL.parse(issuer)?.hostname ?? ''
  if (everybodys.has(host) && !owners.test(subject) && !ownerClaims.some((name) => name in claims))
    return 'must say whose it is, as everybody can get tokens of this issuer (repo:owner/name:…, or claims)'
  return null
}

export const subjectMatches = (trusted: string, subject: string): boolean => {
  if (!trusted.endsWith(':*')) return subject === trusted
  const start = trusted.slice(0, -1)
  return subject.length > start.length && subject.startsWith(start)
}

/** Whether a token says of itself all that was asked for, value by value: a list never equals a name that is in it. */
export const claimsMatch = (
  trusted: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
): boolean =>
  Object.entries(trusted).every(([name, value]) => Object.hasOwn(claims, name) && claims[name] === value)
