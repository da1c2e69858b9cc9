import { describe, expect, test } from 'vitest'
import { askingClient } from '../asking-client.ts'
import { acceptedMetadata, assertRedirectUri, isLocalRedirect, mixesScripts } from './rules.ts'

const good = { client_name: 'Claude', redirect_uris: ['https://claude.ai/api/mcp/auth_callback'] }

describe('where answers may go', () => {
  test.each([
    'https://claude.ai/api/mcp/auth_callback',
    'https://client.example/cb?tenant=a',
    'http://127.0.0.1:33418/cb',
    'http://localhost/cb',
    'http://[::1]:8080/cb',
    'com.example.app:/oauth2redirect',
    'com.example.app://callback',
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'vscode://vscode.github-authentication/did-authenticate',
    'vscode-insiders://cb',
    'myapp:/cb',
    'myapp://cb',
  ])('%s', (uri) => expect(() => assertRedirectUri(uri)).not.toThrow())

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'http://client.example/cb',
    'http://localhost.evil.example/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://localhost@evil.example/cb',
    'https://client.example@evil.example/cb',
    'https://:pw@client.example/cb',
    'https://@client.example/cb',
    'https://client.example/cb#x',
    'https://client.example/cb#',
    'https://*.example/cb',
    'https://client.example/*',
    'https://client.example\\@evil.example/cb',
    'https://client.example/c b',
    'https://xn--pple-43d.com/cb',
    'https://аpple.com/cb',
    'ws://client.example/',
    'wss://client.example/',
    'JavaScript:alert(1)',
    'java\tscript:alert(1)',
    'blob:https://client.example/1',
    'about:blank',
    'mailto:me@client.example',
    'filesystem:https://client.example/x',
    'view-source:https://client.example/',
    'intent://scan/#Intent;scheme=x;end',
    'ms-msdt:/id',
    'search-ms:query=x',
    'search:query=x&crumb=location:%5C%5Cevil.example',
    'x-man-page://1/ls',
    'vnc://evil.example',
    'afp://evil.example/share',
    'cifs://evil.example/share',
    'davs://evil.example/share',
    'jnlp://evil.example/app',
    'ms-settings:x',
    'chrome-extension://abc/cb',
    'tel:123',
    'c:/windows/x',
    'my_app://cb',
    'web+app://cb',
    '-app://cb',
    'cursor://user@anysphere.cursor-mcp/cb',
    'cursor://cb#x',
    'cursor://*',
    '//client.example/cb',
    '/cb',
    '',
    `https://client.example/${'a'.repeat(2_000)}`,
  ])('never %s', (uri) => expect(() => assertRedirectUri(uri)).toThrow('invalid_redirect_uri'))

  test('tells an address on the person’s machine from one on the net', () => {
    for (const uri of [
      'http://127.0.0.1/cb',
      'http://localhost:1/cb',
      'https://localhost/cb',
      'com.example.app:/cb',
      'cursor://anysphere.cursor-mcp/cb',
    ])
      expect([uri, isLocalRedirect(uri)]).toEqual([uri, true])
    expect(isLocalRedirect('https://client.example/cb')).toBe(false)
  })
})

describe('what a client is called', () => {
  test.each([
    'Claude',
    'Ein Häkchen',
    '日本語のアプリ',
    'クロード Code',
    '한국어 App',
    'עברית',
    'Проверка',
    'Ελληνικά κείμενα',
    'مرحبا App',
  ])('%s', (client_name) =>
    expect(acceptedMetadata({ ...good, client_name }, 'dcr').client_name).toBe(client_name),
  )

  test.each([
    'Сlaude',
    'Clаude',
    'Gооgle Drive',
    'раураl',
    'Clau\u200bde',
    'edualC\u202e',
    'Claude\nLogin',
    'Claude\u0000',
    '   ',
    'x'.repeat(101),
    42,
    null,
  ])('never %j', (client_name) =>
    expect(() => acceptedMetadata({ ...good, client_name }, 'dcr')).toThrow('invalid_client_metadata'),
  )

  test('has letters of one script in a word, or of scripts that are written together', () => {
    expect(mixesScripts('Сlaude')).toBe(true)
    expect(mixesScripts('東京Tower')).toBe(false)
  })
})

describe('what else a client may say of itself', () => {
  test.each([
    { logo_uri: 'javascript:alert(1)' },
    { logo_uri: 'data:image/svg+xml,x' },
    { logo_uri: 'http://client.example/logo.png' },
    { client_uri: 'https://user@client.example/' },
    { client_uri: 'https://xn--pple-43d.com/' },
    { policy_uri: 7 },
    { grant_types: ['client_credentials'] },
    { grant_types: ['implicit'] },
    { grant_types: ['password'] },
    { grant_types: ['refresh_token'] },
    { response_types: ['token'] },
    { response_types: ['code id_token'] },
    { redirect_uris: [] },
    { redirect_uris: 'https://client.example/cb' },
    { redirect_uris: undefined },
    { token_endpoint_auth_method: 'tls_client_auth' },
    { token_endpoint_auth_method: 'client_secret_jwt' },
    { token_endpoint_auth_method: 'private_key_jwt' },
    { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://client.example/jwks' },
    { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } },
    { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'EC', d: 'AAAA' }] } },
  ])('never %j', (wrong) =>
    expect(() => acceptedMetadata({ ...good, ...wrong }, 'dcr')).toThrow(
      /^invalid_(client_metadata|redirect_uri)/,
    ),
  )

  test('a document that describes a client has no shared secret in it', () => {
    const secret = { ...good, token_endpoint_auth_method: 'client_secret_basic' }
    expect(acceptedMetadata(secret, 'dcr').token_endpoint_auth_method).toBe('client_secret_basic')
    expect(() => acceptedMetadata(secret, 'cimd')).toThrow('invalid_client_metadata')
  })

  test('what is not known is left out, and what is not said is the safe thing', () => {
    expect(
      acceptedMetadata(
        { ...good, id_token_signed_response_alg: 'none', client_id: 'ag_1', software_id: 'x' },
        'dcr',
      ),
    ).toEqual({
      client_name: 'Claude',
      redirect_uris: good.redirect_uris,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'web',
      authorization_details_types: ['behalf_tool_call'],
      token_endpoint_auth_method: 'none',
    })
  })
})

describe('an app on the person’s own machine', () => {
  const kinds: [string, string[], string][] = [
    ['a scheme of its own', ['cursor://anysphere.cursor-mcp/oauth/callback'], 'native'],
    [
      'a scheme of its own beside others',
      ['cursor://a.b/cb', 'https://www.cursor.example/cb', 'http://localhost:8787/cb'],
      'native',
    ],
    ['loopback addresses', ['http://127.0.0.1/', 'http://127.0.0.1:33418/'], 'native'],
    ['addresses on the net', ['https://vscode.example/redirect', 'http://127.0.0.1:33418/'], 'web'],
  ]
  test.each(kinds)('has %s', (_, redirect_uris, type) => {
    expect(acceptedMetadata({ ...good, redirect_uris }, 'dcr')).toMatchObject({
      redirect_uris,
      application_type: type,
    })
  })

  test('is shown by its scheme: what follows it is its own word, and no host', () => {
    const shown = (uri: string) => askingClient({ clientId: 'cl_1' }, uri)
    expect(shown('evil://claude.ai/cb')).toMatchObject({ redirectHost: 'evil://', local: true })
    expect(shown('cursor://anysphere.cursor-mcp/cb')).toMatchObject({
      redirectHost: 'cursor://',
      local: true,
    })
    expect(shown('com.example.app:/cb').redirectHost).toBe('com.example.app://')
    expect(shown('https://claude.ai/cb')).toMatchObject({ redirectHost: 'claude.ai', local: false })
    expect(shown('http://127.0.0.1:33418/cb').redirectHost).toBe('127.0.0.1:33418')
  })
})
