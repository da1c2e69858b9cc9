// The application's own database login: neither owner nor able to become one, so that row level security binds it.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { type Client, escapeIdentifier, escapeLiteral } from 'pg'

/** The role that the migrations grant rights to; every login of the application is a member of it. */
const group = 'behalf_runtime'

/** Makes the login that `runtimeUrl` names if it is missing, and a member of the group either way. */
export async function ensureRuntimeLogin(admin: Client, runtimeUrl: string): Promise<void> {
  const { username, password } = new URL(runtimeUrl)
  const login = decodeURIComponent(username)
  if (!login) throw new Error('DATABASE_URL names no user')

  const { rows } = await admin.query<{ owner: string; login: boolean; group: boolean }>(
    `SELECT current_user AS owner,
            EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS login,
            EXISTS (SELECT FROM pg_roles WHERE rolname = $2) AS group`,
    [login, group],
  )
  const found = rows[0]!
  if (found.owner === login) {
    throw new Error(`DATABASE_URL uses the owner's login ${login}: give the application a login of its own`)
  }
  if (!found.group) await unlessMadeMeanwhile(admin.query(`CREATE ROLE ${group} NOLOGIN`))
  if (!found.login) {
    if (!password)
      throw new Error(`DATABASE_URL: the login ${login} does not exist and no password is given to make it`)
    // The verifier, not the password: a statement that fails is written to the server's log.
    const verifier = scramVerifier(decodeURIComponent(password))
    const rights = 'LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION'
    await unlessMadeMeanwhile(
      admin.query(`CREATE ROLE ${escapeIdentifier(login)} ${rights} PASSWORD ${escapeLiteral(verifier)}`),
    )
  }
  const member = await admin.query<{ yes: boolean }>(`SELECT pg_has_role($1, $2, 'USAGE') AS yes`, [
    login,
    group,
  ])
  if (!member.rows[0]?.yes) await admin.query(`GRANT ${group} TO ${escapeIdentifier(login)}`)
  await admin.query(`GRANT SELECT ON _prisma_migrations TO ${group}`)
}

/**
 * Refuses a login that row level security does not bind.
 * @param client connected as that login
 * @throws Error that names DATABASE_URL and the reason
 */
export async function assertHarmless(client: Client): Promise<void> {
  const { rows } = await client.query<{
    login: string
    superuser: boolean
    bypass: boolean
    creates: boolean
    owned: string | null
    becomes: string | null
  }>(`
    WITH owned AS (
      SELECT c.relname, c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_')
    SELECT r.rolname AS login, r.rolsuper AS superuser, r.rolbypassrls AS bypass, r.rolcreaterole AS creates,
      (SELECT min(relname) FROM owned WHERE relowner = r.oid) AS owned,
      (SELECT min(o.rolname) FROM pg_roles o
        WHERE o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER')
          AND (o.rolsuper OR o.rolbypassrls OR o.rolcreaterole OR o.oid IN (SELECT relowner FROM owned))) AS becomes
    FROM pg_roles r WHERE r.rolname = session_user`)
  const role = rows[0]!
  const fault =
    (role.superuser && 'is a superuser') ||
    (role.bypass && 'has BYPASSRLS') ||
    (role.creates && 'has CREATEROLE') ||
    (role.owned && `owns the table ${role.owned}`) ||
    (role.becomes && `may become ${role.becomes}`)
  if (fault)
    throw new Error(`DATABASE_URL: the login ${role.login} ${fault}, so row level security does not bind it`)
}

/** @see RFC 5803 for the stored form of a SCRAM-SHA-256 secret */
function scramVerifier(password: string): string {
  const salt = randomBytes(16)
  const iterations = 4096
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256')
  const key = (label: string) => createHmac('sha256', salted).update(label).digest()
  const stored = createHash('sha256').update(key('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`
}

/** Roles belong to the whole server: two databases may be set up at once. */
async function unlessMadeMeanwhile(creating: Promise<unknown>): Promise<void> {
  await creating.catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== '42710' && code !== '23505') throw error
  })
}
