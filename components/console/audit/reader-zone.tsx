'use client'

import { useEffect } from 'react'

const shape = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' })

function name(time: HTMLTimeElement): void {
  const at = new Date(time.dateTime)
  if (!Number.isNaN(at.getTime())) time.title = `${shape.format(at)} (${time.dateTime})`
}

/** Says each moment, which stands in UTC, in the reader's own zone as well: in its title, for those who point at it. */
export function ReaderZone() {
  useEffect(() => {
    const pointed = ({ target }: Event) => {
      if (target instanceof HTMLTimeElement) name(target)
    }
    for (const time of document.querySelectorAll('time')) name(time)
    document.addEventListener('pointerover', pointed)
    return () => document.removeEventListener('pointerover', pointed)
  }, [])
  return null
}
