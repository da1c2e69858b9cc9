'use client'

import { type ComponentProps, type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Button } from '#components/ui/button'
import { Checkbox } from '#components/ui/checkbox'
import { Input } from '#components/ui/field'
import { classes } from '../ui/classes.ts'

const never = () => () => {}
/** Whether scripts run here: what needs one is shown only then. */
const useScripts = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  )

/** A secret, hidden as it is pasted, to be looked at on demand. */
export function SecretInput({ show, ...rest }: ComponentProps<'input'> & { show: string }) {
  const scripts = useScripts()
  const [shown, setShown] = useState(false)
  return (
    <div className="grid gap-1">
      <Input
        {...rest}
        type={shown ? 'text' : 'password'}
        data-1p-ignore
        data-lpignore="true"
        className="text-start font-mono"
      />
      {scripts && (
        <Checkbox label={show} checked={shown} onChange={(event) => setShown(event.currentTarget.checked)} />
      )}
    </div>
  )
}

/** The content of a key file: pasted, dropped, or chosen. Without a script the chosen file itself is sent. */
export function KeyFile({
  fileName,
  choose,
  required,
  ...rest
}: ComponentProps<'textarea'> & { fileName: string; choose: string }) {
  const scripts = useScripts()
  const area = useRef<HTMLTextAreaElement>(null)
  const take = async (file: File | undefined) => {
    if (file && file.size < 64 * 1024 && area.current) area.current.value = await file.text()
  }
  return (
    <div className="grid gap-2">
      <textarea
        {...rest}
        ref={area}
        rows={5}
        // Without a script the file may stand in its place.
        required={scripts && required}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault()
          const [file] = event.dataTransfer.files
          if (file) void take(file)
          else event.currentTarget.value = event.dataTransfer.getData('text')
        }}
        className="w-full rounded-control border border-input bg-card px-3 py-2 text-start font-mono text-xs text-card-fg placeholder:text-muted-fg aria-invalid:border-danger"
      />
      <label className="grid gap-1 text-sm">
        <span className="text-muted-fg">{choose}</span>
        <input
          type="file"
          accept="application/json,.json"
          {...(!scripts && { name: fileName })}
          onChange={(event) => void take(event.currentTarget.files?.[0])}
          className="min-h-10 w-full text-sm file:me-3 file:min-h-8 file:rounded-control file:border file:border-input file:bg-card file:px-3 file:text-card-fg"
        />
      </label>
    </div>
  )
}

/** Sends its form once, and says that the provider is being asked. */
export function SubmitOnce({ busy, children }: { busy: string; children: ReactNode }) {
  const [sent, setSent] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const form = button.current?.form
    const note = () => setSent(true)
    // Back from the next page: the form is there again.
    const reset = () => setSent(false)
    form?.addEventListener('submit', note)
    window.addEventListener('pageshow', reset)
    return () => {
      form?.removeEventListener('submit', note)
      window.removeEventListener('pageshow', reset)
    }
  }, [])
  return (
    <div className="grid gap-2">
      <Button ref={button} type="submit" size="large" className="w-full" disabled={sent}>
        {children}
      </Button>
      <p role="status" className={classes('text-center text-sm text-muted-fg', !sent && 'sr-only')}>
        {sent ? busy : ''}
      </p>
    </div>
  )
}
