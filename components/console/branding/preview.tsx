'use client'

import { useState } from 'react'
import { Button } from '#components/ui/button'
import { Field, Select } from '#components/ui/field'

export type PreviewChoice = { state: string; width: string; scheme: string; locale: string }

/** Widths of devices; the larger ones are shown smaller, so that a whole screen fits beside the fields. */
const frames: Readonly<Record<string, { words: string; box: string; frame: string }>> = {
  '320': { words: 'Small phone, 320', box: 'h-[720px] w-[320px]', frame: 'h-[720px] w-[320px]' },
  '390': { words: 'Phone, 390', box: 'h-[720px] w-[390px]', frame: 'h-[720px] w-[390px]' },
  '768': {
    words: 'Tablet, 768',
    box: 'h-[720px] w-[614px]',
    frame: 'h-[900px] w-[768px] origin-top-left scale-80',
  },
  '1280': {
    words: 'Desktop, 1280',
    box: 'h-[640px] w-[704px]',
    frame: 'h-[1164px] w-[1280px] origin-top-left scale-55',
  },
}

/**
 * Any state of the portal in the draft's look. Without scripts the choices are sent with a button.
 * @param stamp changes whenever the draft does
 */
export function Preview({
  org,
  states,
  locales,
  first,
  stamp,
}: {
  org: string
  states: readonly { name: string; title: string }[]
  locales: readonly { code: string; name: string }[]
  first: PreviewChoice
  stamp: string
}) {
  const [choice, setChoice] = useState(first)
  const set = (name: keyof PreviewChoice) => ({
    name,
    value: choice[name],
    onChange: ({ target }: { target: { value: string } }) => setChoice({ ...choice, [name]: target.value }),
  })
  const { box, frame } = frames[choice.width] ?? { box: '', frame: '' }
  const query = new URLSearchParams({
    org,
    theme: 'draft',
    locale: choice.locale,
    ...(choice.scheme !== 'device' && { scheme: choice.scheme }),
    v: stamp,
  })
  return (
    <section aria-label="Preview" className="grid min-w-0 content-start gap-3">
      <form className="grid grid-cols-2 items-end gap-3 sm:grid-cols-4">
        <Field label="Screen">
          <Select {...set('state')}>
            {states.map(({ name, title }) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Device">
          <Select {...set('width')}>
            {Object.entries(frames).map(([width, { words }]) => (
              <option key={width} value={width}>
                {words}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Scheme">
          <Select {...set('scheme')}>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
            <option value="device">As the theme says</option>
          </Select>
        </Field>
        <Field label="Language">
          <Select {...set('locale')}>
            {locales.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <noscript>
          <Button type="submit" variant="secondary">
            Show
          </Button>
        </noscript>
      </form>
      <div className="overflow-x-auto rounded-card border border-border bg-muted p-3">
        <div className={`${box} mx-auto overflow-hidden rounded-control border border-border bg-card`}>
          <iframe
            key={stamp}
            title="Preview of the portal"
            src={`/gallery/${encodeURIComponent(choice.state)}?${query}`}
            className={`${frame} max-w-none border-0`}
          />
        </div>
      </div>
    </section>
  )
}
