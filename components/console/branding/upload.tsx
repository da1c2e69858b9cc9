'use client'

import { useActionState, useId } from 'react'
import { Alert } from '#components/ui/alert'
import { Button } from '#components/ui/button'

export type UploadResult = { fault: string } | null

/** One place for a file: what stands there now, another in its place, or none. */
export function Upload({
  action,
  label,
  hint,
  accept,
  shown,
  removable,
}: {
  action: (previous: UploadResult, form: FormData) => Promise<UploadResult>
  label: string
  hint: string
  accept: string
  /** The image that stands there. */
  shown: { src: string; width: number | null; height: number | null; dark: boolean } | null
  removable: boolean
}) {
  const [result, submit, pending] = useActionState(action, null)
  const id = useId()
  return (
    <form action={submit} className="grid gap-2 rounded-control border border-border p-3 text-sm">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {shown && (
        <span
          className={`grid h-16 place-items-center overflow-hidden rounded-control border border-border p-2 ${shown.dark ? 'bg-[#15181f]' : 'bg-white'}`}
        >
          {/* biome-ignore lint/performance/noImgElement: our own file, encoded for this size already */}
          <img
            src={shown.src}
            alt=""
            {...(shown.width && shown.height && { width: shown.width, height: shown.height })}
            className="max-h-12 w-auto max-w-full object-contain"
          />
        </span>
      )}
      <input
        id={id}
        name="file"
        type="file"
        accept={accept}
        aria-describedby={`${id}-about`}
        onChange={({ target }) => target.form?.requestSubmit()}
        className="w-full min-w-0 text-xs file:me-3 file:min-h-8 file:rounded-control file:border file:border-input file:bg-card file:px-3 file:text-card-fg"
      />
      <p id={`${id}-about`} className="text-xs text-muted-fg">
        {hint}
      </p>
      {result && <Alert tone="danger">{result.fault}</Alert>}
      <span className="flex gap-2">
        <Button type="submit" variant="secondary" size="small" disabled={pending}>
          {pending ? 'Uploading' : 'Upload'}
        </Button>
        {removable && (
          <Button type="submit" name="remove" value="yes" variant="quiet" size="small" disabled={pending}>
            Remove
          </Button>
        )}
      </span>
    </form>
  )
}
