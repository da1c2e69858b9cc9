import type { Config } from 'tailwindcss'

/** Utilities speak the portal's tokens, so that an organization's branding restyles every screen. */
const token = (name: string) => `var(--bhf-${name})`

export default {
  content: ['./app/**/*.tsx', './components/**/*.tsx'],
  theme: {
    extend: {
      colors: {
        bg: token('bg'),
        fg: token('fg'),
        card: { DEFAULT: token('card'), fg: token('card-fg') },
        muted: { DEFAULT: token('muted'), fg: token('muted-fg') },
        primary: { DEFAULT: token('primary'), fg: token('primary-fg') },
        accent: token('accent'),
        border: token('border'),
        input: token('input'),
        ring: token('ring'),
        link: token('link'),
        danger: { DEFAULT: token('danger'), fg: token('danger-fg') },
        warning: { DEFAULT: token('warning'), fg: token('warning-fg') },
        success: { DEFAULT: token('success'), fg: token('success-fg') },
        info: { DEFAULT: token('info'), fg: token('info-fg') },
        risk: {
          read: token('risk-read'),
          write: token('risk-write'),
          send: token('risk-send'),
          admin: token('risk-admin'),
        },
      },
      fontFamily: {
        body: token('font-body'),
        heading: token('font-heading'),
        mono: token('font-mono'),
      },
      borderRadius: {
        control: token('radius-control'),
        card: token('radius-card'),
        pill: token('radius-pill'),
      },
      boxShadow: { card: token('shadow') },
    },
  },
} satisfies Config
