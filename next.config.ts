import type { NextConfig } from 'next'

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // A page is loaded when it is first asked for: all of them at once are 130 MB that most instances never use.
  // `forbidden()` answers 403 from wherever a role is looked at.
  experimental: { preloadEntriesOnStart: false, authInterrupts: true },
  // These read files or native code beside themselves, or must be one instance per process.
  serverExternalPackages: [
    'oidc-provider',
    '@cedar-policy/cedar-wasm',
    'graphile-worker',
    'pg',
    'pino',
    'undici',
    'sharp',
    'fontkit',
    'prom-client',
    '@aws-sdk/client-kms',
    '@google-cloud/kms',
    'google-auth-library',
    // Large, and the same for every route: left out of the bundle, a build takes a quarter less.
    '@modelcontextprotocol/server',
    '@prisma/adapter-pg',
    '@prisma/client',
    '@secretlint/core',
    '@secretlint/secretlint-rule-preset-recommend',
    'aws4fetch',
    'canonicalize',
    'cockatiel',
    'csv-parse',
    'csv-stringify',
    'culori',
    'fetch-to-node',
    'intl-messageformat',
    'ipaddr.js',
    'jose',
    'libphonenumber-js',
    'nodemailer',
    'oauth4webapi',
  ],
  // Both names of this machine reach the dev server: the demo is served from one and frames the other.
  allowedDevOrigins: ['127.0.0.1', 'localhost'],
}

export default config
