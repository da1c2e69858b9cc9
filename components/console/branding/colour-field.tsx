'use client'

import { useRef, useState } from 'react'
import { Input } from '#components/ui/field'

const whole = /^#[0-9a-f]{6}$/i

/**
 * A colour by its six digits, with the device's own picker beside it. Left empty it follows the others.
 * @param follows what it is then
 */
export function ColourField({
  name,
  label,
  value,
  follows,
}: {
  name: string
  label: string
  value: string
  follows: string
}) {
  const [text, setText] = useState(value)
  const field = useRef<HTMLInputElement>(null)
  const pick = (colour: string) => {
    setText(colour)
    // The form listens to its fields, and a picker is none of them.
    requestAnimationFrame(() => field.current?.dispatchEvent(new Event('change', { bubbles: true })))
  }
  return (
    <div className="grid min-w-0 gap-1 text-sm">
      <label htmlFor={`field-${name}`} className="text-xs font-medium">
        {label}
      </label>
      <span className="flex min-w-0 items-center gap-1.5">
        <input
          type="color"
          aria-label={`Pick: ${label}`}
          value={whole.test(text) ? text : follows}
          onChange={({ target }) => pick(target.value)}
          className="size-10 shrink-0 cursor-pointer rounded-control border border-input bg-card p-1"
        />
        <Input
          ref={field}
          id={`field-${name}`}
          name={name}
          value={text}
          onChange={({ target }) => setText(target.value)}
          placeholder={follows}
          pattern="#[0-9a-fA-F]{6}"
          title="A colour such as #1a73e8"
          maxLength={7}
          autoComplete="off"
          spellCheck={false}
          className="min-w-0 font-mono text-xs"
        />
      </span>
    </div>
  )
}
