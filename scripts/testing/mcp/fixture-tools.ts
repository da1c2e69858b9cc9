// What the public conformance suite of MCP asks a server to have: tools, resources and prompts that exist for it alone.
// They stand behind the very endpoint that serves the product's tools.
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  completable,
  createRequestStateCodec,
  type InputRequiredResult,
  inputRequired,
  type McpServer,
  ResourceTemplate,
  type ServerContext,
  type ServerEventBus,
} from '@modelcontextprotocol/server'
import { z } from 'zod'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQAAAAA='

export const requestState = createRequestStateCodec<string>({ key: 'conformance-fixture'.repeat(2) })

const text = (words: string) => ({ content: [{ type: 'text' as const, text: words }] })
const nothing = z.object({})

export function registerTools(mcp: McpServer): void {
  const tool = (
    name: string,
    run: (context: ServerContext) => Promise<object> | object,
    inputSchema: z.ZodType = nothing,
  ) =>
    mcp.registerTool(
      name,
      { description: `Fixture ${name}`, inputSchema: inputSchema as typeof nothing },
      (_, context) => run(context) as never,
    )

  tool('test_simple_text', () => text('This is a simple text response for testing.'))
  tool('test_image_content', () => ({ content: [{ type: 'image', data: png, mimeType: 'image/png' }] }))
  tool('test_audio_content', () => ({ content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] }))
  tool('test_embedded_resource', () => ({
    content: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
  }))
  tool('test_multiple_content_types', () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: png, mimeType: 'image/png' },
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: JSON.stringify({ test: 'data', value: 123 }),
        },
      },
    ],
  }))
  const logs = async ({ mcpReq }: ServerContext) => {
    for (const line of ['Tool execution started', 'Tool processing data', 'Tool execution completed'])
      await mcpReq.log('info', line)
    return text('Logged.')
  }
  tool('test_tool_with_logging', logs)
  tool('test_logging_tool', logs)
  tool('test_error_handling', () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
  tool('test_tool_with_progress', async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken
    for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 }
      await mcpReq.notify({ method: 'notifications/progress', params } as never)
    }
    return text(String(progressToken))
  })
  // What a client has not declared is asked of it all the same: that the SDK refuses is what is looked at.
  tool('test_missing_capability', () =>
    inputRequired({ inputRequests: { question: sampling('What is the capital of France?') } }),
  )
  tool('test_streaming_elicitation', ({ mcpReq }) =>
    acceptedContent(mcpReq.inputResponses, 'confirm')
      ? text('Confirmed.')
      : inputRequired({ inputRequests: { confirm } }),
  )
}

/** @param bus what the streams that are open for changes listen to */
export function registerTriggers(mcp: McpServer, bus: ServerEventBus): void {
  const trigger = (name: string, kind: 'tools_list_changed' | 'prompts_list_changed') =>
    mcp.registerTool(name, { description: `Fixture ${name}`, inputSchema: nothing }, () => {
      bus.publish({ kind })
      return text('Changed.')
    })
  trigger('test_trigger_tool_change', 'tools_list_changed')
  trigger('test_trigger_prompt_change', 'prompts_list_changed')
}

type Asked = ServerContext['mcpReq']
const capabilitiesOf = ({ envelope }: Asked) =>
  ((envelope as Record<string, unknown> | undefined)?.[CLIENT_CAPABILITIES_META_KEY] ?? {}) as Record<
    string,
    unknown
  >

const form = (message: string, property: string, type: 'string' | 'boolean') =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: 'object',
      properties: { [property]: type === 'string' ? { type } : { type } },
      required: [property],
    },
  })
const confirm = form('Please confirm', 'ok', 'boolean')
const sampling = (words: string) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: words } }],
    maxTokens: 50,
  })

/** Tools that come to their end over several round trips (SEP-2322). */
export function registerRoundTrips(mcp: McpServer): void {
  const tool = (name: string, run: (asked: Asked) => Promise<object> | object) =>
    mcp.registerTool(
      `test_input_required_result_${name}`,
      { description: `Fixture ${name}`, inputSchema: nothing },
      (_, { mcpReq }) => run(mcpReq) as never,
    )
  const answers = ({ inputResponses = {} }: Asked, ...keys: string[]) =>
    keys.every((key) => inputResponses[key] !== undefined)

  tool('elicitation', (asked) => {
    const given = acceptedContent(asked.inputResponses, 'user_name', z.object({ name: z.string() }))
    return given
      ? text(`Hello, ${given.name}!`)
      : inputRequired({ inputRequests: { user_name: form('What is your name?', 'name', 'string') } })
  })
  tool('sampling', (asked) =>
    answers(asked, 'capital_question')
      ? text('Answered.')
      : inputRequired({ inputRequests: { capital_question: sampling('What is the capital of France?') } }),
  )
  tool('list_roots', (asked) =>
    answers(asked, 'client_roots')
      ? text('Listed.')
      : inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } }),
  )
  const confirmed = async (asked: Asked): Promise<object> =>
    asked.requestState<string>() === 'asked' && answers(asked, 'confirm')
      ? text('state-ok')
      : inputRequired({ inputRequests: { confirm }, requestState: await requestState.mint('asked') })
  tool('request_state', confirmed)
  tool('tampered_state', confirmed)
  tool('multiple_inputs', async (asked) =>
    asked.requestState() === 'asked' && answers(asked, 'user_name', 'greeting', 'client_roots')
      ? text('Done.')
      : inputRequired({
          inputRequests: {
            user_name: form('What is your name?', 'name', 'string'),
            greeting: sampling('Generate a greeting'),
            client_roots: inputRequired.listRoots(),
          },
          requestState: await requestState.mint('asked'),
        }),
  )
  tool('multi_round', async (asked): Promise<object> => {
    const round = asked.requestState<string>()
    if (round === 'two' && answers(asked, 'step2')) return text('Done.')
    const [key, message, property, next] =
      round === 'one' && answers(asked, 'step1')
        ? (['step2', 'Step 2: What is your favorite color?', 'color', 'two'] as const)
        : (['step1', 'Step 1: What is your name?', 'name', 'one'] as const)
    return inputRequired({
      inputRequests: { [key]: form(message, property, 'string') },
      requestState: await requestState.mint(next),
    })
  })
  tool('capabilities', (asked): InputRequiredResult => {
    const { sampling: samples, elicitation } = capabilitiesOf(asked)
    return inputRequired({
      inputRequests: {
        ...(samples !== undefined && { greeting: sampling('Generate a greeting') }),
        ...(elicitation !== undefined && { confirm }),
      },
    })
  })
}

export function registerResources(mcp: McpServer): void {
  const plain = { mimeType: 'text/plain' }
  const of = (uri: string, words: string) => ({ contents: [{ uri, ...plain, text: words }] })
  mcp.registerResource('Static text', 'test://static-text', plain, ({ href }) =>
    of(href, 'This is the content of the static text resource.'),
  )
  mcp.registerResource('Static binary', 'test://static-binary', { mimeType: 'image/png' }, ({ href }) => ({
    contents: [{ uri: href, mimeType: 'image/png', blob: png }],
  }))
  mcp.registerResource('Watched', 'test://watched-resource', plain, ({ href }) => of(href, 'Watched.'))
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined })
  mcp.registerResource('Template', template, { mimeType: 'application/json' }, ({ href }, { id }) => ({
    contents: [
      {
        uri: href,
        mimeType: 'application/json',
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
      },
    ],
  }))
}

const user = (content: object) => ({
  messages: [{ role: 'user' as const, content: content as { type: 'text'; text: string } }],
})
const words = (said: string) => user({ type: 'text', text: said })

export function registerPrompts(mcp: McpServer): void {
  mcp.registerPrompt('test_simple_prompt', { description: 'A prompt' }, () =>
    words('This is a simple prompt for testing.'),
  )
  const suggested = (value: string | undefined) =>
    ['paris', 'park', 'party'].filter((one) => one.startsWith(value ?? ''))
  mcp.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'A prompt',
      argsSchema: z.object({ arg1: completable(z.string(), suggested), arg2: z.string() }),
    },
    ({ arg1, arg2 }) => words(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`),
  )
  mcp.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A prompt', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => {
      const content = { type: 'text' as const, text: 'Please process the embedded resource above.' }
      const resource = {
        uri: resourceUri,
        mimeType: 'text/plain',
        text: 'Embedded resource content for testing.',
      }
      return {
        messages: [...user({ type: 'resource', resource }).messages, { role: 'user' as const, content }],
      }
    },
  )
  mcp.registerPrompt('test_prompt_with_image', { description: 'A prompt' }, () => ({
    messages: [
      ...user({ type: 'image', data: png, mimeType: 'image/png' }).messages,
      ...words('Please analyze the image above.').messages,
    ],
  }))
  mcp.registerPrompt('test_input_required_result_prompt', { description: 'A prompt' }, (({
    mcpReq,
  }: ServerContext) => {
    const given = acceptedContent(mcpReq.inputResponses, 'user_context')
    const inputRequests = { user_context: form('What context should the prompt use?', 'context', 'string') }
    return given ? words('Use this context.') : inputRequired({ inputRequests })
  }) as never)
}
