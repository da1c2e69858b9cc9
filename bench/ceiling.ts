// The ceiling: the same work as `execute` with nothing in front of it. One prepared SELECT finds key and account, the
// token is opened, the intent is committed before the call and the audit before the answer. No tenancy, no policy,
// no schema: what this program cannot do in a second, no program that does the work can.
import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { Client, Pool } from 'pg'
import { Pool as HttpPool } from 'undici'
import { groupCommit } from './group-commit.ts'

const [port = '', databaseUrl = '', upstreamUrl = '', secret = '', accountId = ''] = process.argv.slice(2)

const masterKey = randomBytes(32)
const hashOf = (text: string) => createHash('sha256').update(text).digest()

/** nonce, tag, ciphertext */
function seal(plain: string, aad: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', masterKey, nonce).setAAD(Buffer.from(aad))
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), text])
}

function open(sealed: Buffer, aad: string): string {
  const decipher = createDecipheriv('aes-256-gcm', masterKey, sealed.subarray(0, 12))
    .setAAD(Buffer.from(aad))
    .setAuthTag(sealed.subarray(12, 28))
  return decipher.update(sealed.subarray(28)).toString() + decipher.final('utf8')
}

async function connected(): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  return client
}

const pool = new Pool({ connectionString: databaseUrl, max: 8 })
await pool.query(`
  CREATE TABLE api_keys (hash bytea PRIMARY KEY, org_id uuid NOT NULL);
  CREATE TABLE accounts (id uuid PRIMARY KEY, org_id uuid NOT NULL, status text NOT NULL, scopes text[] NOT NULL,
    sealed_token bytea NOT NULL);
  CREATE TABLE intents (id uuid PRIMARY KEY, org_id uuid NOT NULL, account_id uuid NOT NULL, tool_name text NOT NULL,
    created_at timestamptz NOT NULL);
  CREATE TABLE audit (id uuid PRIMARY KEY, org_id uuid NOT NULL, account_id uuid NOT NULL, tool_name text NOT NULL,
    outcome text NOT NULL, created_at timestamptz NOT NULL)`)
const orgId = randomUUID()
await pool.query('INSERT INTO api_keys VALUES ($1, $2)', [hashOf(secret), orgId])
await pool.query('INSERT INTO accounts VALUES ($1, $2, $3, $4, $5)', [
  accountId,
  orgId,
  'active',
  ['tasks:read'],
  seal(randomBytes(32).toString('hex'), accountId),
])

const row = ['uuid', 'uuid', 'uuid', 'text'] as const
const recordIntent = groupCommit(await connected(), 'intents', [...row, 'timestamptz'])
const recordAudit = groupCommit(await connected(), 'audit', [...row, 'text', 'timestamptz'])
const provider = new HttpPool(upstreamUrl, { connections: 64, pipelining: 1 })

const find = {
  name: 'find',
  text: `SELECT k.org_id, a.sealed_token FROM api_keys k JOIN accounts a ON a.org_id = k.org_id
    WHERE k.hash = $1 AND a.id = $2 AND a.status = 'active' AND a.scopes @> $3`,
}

type Found = { org_id: string; sealed_token: Buffer }
type Input = { connected_account_id: string; tool_name: string; params: { task_id: string } }

async function execute(request: IncomingMessage): Promise<{ status: number; body: string }> {
  let text = ''
  for await (const chunk of request) text += chunk
  const input = JSON.parse(text) as Input
  const key = hashOf((request.headers.authorization ?? '').slice('Bearer '.length))
  const { rows } = await pool.query<Found>({
    ...find,
    values: [key, input.connected_account_id, ['tasks:read']],
  })
  const [found] = rows
  if (!found) return { status: 401, body: '{}' }
  const id = randomUUID()
  const facts = [id, found.org_id, input.connected_account_id, input.tool_name]
  await recordIntent([...facts, new Date()])
  const token = open(found.sealed_token, input.connected_account_id)
  const answer = await provider.request({
    path: `/api/tasks/${encodeURIComponent(input.params.task_id)}`,
    method: 'GET',
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
  })
  const output: unknown = await answer.body.json()
  await recordAudit([...facts, answer.statusCode === 200 ? 'allowed' : 'failed', new Date()])
  return {
    status: answer.statusCode,
    body: JSON.stringify({ execution_id: id, status: 'succeeded', output }),
  }
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  execute(request).then(
    ({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
server.listen(Number(port), '127.0.0.1', () => process.send?.('ready'))
