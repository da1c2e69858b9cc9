'use client'

import { useRouter } from 'next/navigation'
import { type PointerEvent, useEffect, useState } from 'react'
import { Button } from '#components/ui/button'

/** Bars by their places: the first and the last that are taken. */
type Picked = { first: number; last: number }

const ordered = (a: number, b: number): Picked => ({ first: Math.min(a, b), last: Math.max(a, b) })

/**
 * Picks a range of a chart's bars by dragging over them, or with two sliders by keyboard, and goes to its address. Without
 * a script there is nothing of it: then each bar is a link.
 * @param hrefs by the first bar's and the last bar's place: `__SINCE__` and `__UNTIL__` in it stand for the moments
 */
export function Brush({
  labels,
  edges,
  href,
}: {
  /** What each bar is called. */
  labels: readonly string[]
  /** The moments between the bars, one more than there are bars. */
  edges: readonly string[]
  href: string
}) {
  const router = useRouter()
  const [ready, setReady] = useState(false)
  const [picked, setPicked] = useState<Picked | null>(null)
  const [anchor, setAnchor] = useState<number | null>(null)
  useEffect(() => setReady(true), [])
  if (!ready || labels.length < 2) return null

  const at = ({ clientX, currentTarget }: PointerEvent<HTMLElement>): number => {
    const { left, width } = currentTarget.getBoundingClientRect()
    const place = Math.floor(((clientX - left) / width) * labels.length)
    return Math.min(Math.max(place, 0), labels.length - 1)
  }
  const go = ({ first, last }: Picked) => {
    setPicked(null)
    // The sliders are shown, over what is below the picture, while they have the focus.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    router.push(
      href
        .replace('__SINCE__', encodeURIComponent(edges[first] ?? ''))
        .replace('__UNTIL__', encodeURIComponent(edges[last + 1] ?? '')),
      { scroll: false },
    )
  }
  const { first, last } = picked ?? { first: 0, last: labels.length - 1 }
  const share = (n: number) => `${(n / labels.length) * 100}%`
  return (
    <>
      <div
        className="absolute inset-0 touch-pan-y cursor-crosshair select-none"
        title="Drag over a range to look closer"
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          setAnchor(at(event))
          setPicked(ordered(at(event), at(event)))
        }}
        onPointerMove={(event) => anchor !== null && setPicked(ordered(anchor, at(event)))}
        onPointerUp={(event) => {
          if (anchor !== null) go(ordered(anchor, at(event)))
          setAnchor(null)
        }}
        onPointerCancel={() => {
          setAnchor(null)
          setPicked(null)
        }}
      >
        {picked && (
          <div
            className="absolute inset-y-0 border-x border-primary bg-primary/12"
            style={{ insetInlineStart: share(first), width: share(last - first + 1) }}
          />
        )}
      </div>
      <div className="absolute inset-x-0 top-full z-10 mt-1 opacity-0 focus-within:opacity-100 pointer-events-none focus-within:pointer-events-auto">
        <form
          className="grid gap-2 rounded-control border border-border bg-card p-3 text-xs shadow-card sm:grid-cols-[1fr_1fr_auto] sm:items-end"
          onSubmit={(event) => {
            event.preventDefault()
            go({ first, last })
          }}
        >
          <Slider
            label="Range from"
            value={first}
            max={labels.length - 1}
            said={labels[first] ?? ''}
            change={(to) => setPicked(ordered(Math.min(to, last), last))}
          />
          <Slider
            label="Range to"
            value={last}
            max={labels.length - 1}
            said={labels[last] ?? ''}
            change={(to) => setPicked(ordered(first, Math.max(to, first)))}
          />
          <Button type="submit" size="small" variant="secondary">
            Look closer
          </Button>
        </form>
      </div>
    </>
  )
}

const Slider = (given: {
  label: string
  value: number
  max: number
  said: string
  change: (to: number) => void
}) => (
  <label className="grid gap-1">
    <span className="flex justify-between gap-2">
      <span className="font-medium">{given.label}</span>
      <span className="text-muted-fg tabular-nums">{given.said}</span>
    </span>
    <input
      type="range"
      min={0}
      max={given.max}
      value={given.value}
      aria-valuetext={given.said}
      onChange={(event) => given.change(Number(event.currentTarget.value))}
      className="min-h-6 w-full accent-primary"
    />
  </label>
)
