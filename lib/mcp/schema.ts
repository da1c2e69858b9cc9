/** How one MCP client is set up, in words that docs/mcp.md and the console share. */
export type ClientSetup = {
  id: string
  name: string
  /** Where it goes; what stands between backticks is code. */
  where: string
  language: 'sh' | 'json' | 'ts' | 'text'
  /** To be copied as it is. */
  text: string
}

/** What Behalf is called in a client's own settings. */
const called = 'behalf'

/** One line of JSON as people write it. */
const settings = (value: object): string => JSON.stringify(value, null, 1).replace(/\n */g, ' ')

const bearer = `{ Authorization: \`Bearer \${token}\` }`

const langchain = (url: string) => `import { MultiServerMCPClient } from '@langchain/mcp-adapters'

const client = new MultiServerMCPClient({
  ${called}: {
    transport: 'http',
    url: '${url}',
    headers: ${bearer},
  },
})
const tools = await client.getTools()`

const aiSdk = (url: string) => `import { createMCPClient } from '@ai-sdk/mcp'

const client = await createMCPClient({
  transport: {
    type: 'http',
    url: '${url}',
    headers: ${bearer},
  },
})
const tools = await client.tools()`

/**
 * How to add one of our MCP endpoints to the clients that people have.
 * @param url of the endpoint
 */
export const clientSetups = (url: string): readonly ClientSetup[] => [
  {
    id: 'claude-code',
    name: 'Claude Code',
    where: 'in a terminal; then, inside Claude Code, `/mcp`, behalf, Authenticate',
    language: 'sh',
    text: `claude mcp add --transport http ${called} ${url}`,
  },
  {
    id: 'claude',
    name: 'Claude (desktop and web)',
    where:
      'Settings, Connectors, Add custom connector, with this address. It is called from Anthropic’s servers, in the desktop app too',
    language: 'text',
    text: url,
  },
  {
    id: 'cursor',
    name: 'Cursor',
    where: '`~/.cursor/mcp.json`, or `.cursor/mcp.json` in a project',
    language: 'json',
    text: settings({ mcpServers: { [called]: { url } } }),
  },
  {
    id: 'vscode',
    name: 'VS Code',
    where: '`.vscode/mcp.json` in a project',
    language: 'json',
    text: settings({ servers: { [called]: { type: 'http', url } } }),
  },
  {
    id: 'chatgpt',
    name: 'ChatGPT and other hosted connectors',
    where:
      'in ChatGPT: Settings, Apps & Connectors, Advanced, Developer mode, then Create with this address and authentication OAuth. Others ask for the same address',
    language: 'text',
    text: url,
  },
  {
    id: 'gemini',
    name: 'Gemini CLI',
    where: '`~/.gemini/settings.json`, then `/mcp auth behalf`',
    language: 'json',
    text: settings({ mcpServers: { [called]: { httpUrl: url } } }),
  },
  {
    id: 'inspector',
    name: 'MCP Inspector',
    where: 'in a terminal',
    language: 'sh',
    text: `npx @modelcontextprotocol/inspector --cli --server-url ${url} --transport http --method tools/list`,
  },
  {
    id: 'ai-sdk',
    name: 'Vercel AI SDK',
    where:
      '`@ai-sdk/mcp`; `token` is an access token of an agent’s own, asked for with this address as `resource`',
    language: 'ts',
    text: aiSdk(url),
  },
  {
    id: 'langchain',
    name: 'LangChain',
    where:
      '`@langchain/mcp-adapters`; `token` is an access token of an agent’s own, asked for with this address as `resource`',
    language: 'ts',
    text: langchain(url),
  },
]
