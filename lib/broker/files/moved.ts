/** What is kept of a file that went through: never its bytes, nor its name, which is a param or an answer. */
export type Moved = {
  direction: 'in' | 'out'
  media_type: string
  /** How many bytes went through. */
  size_bytes: number
  /** Of all of them; `null` where the file did not go through as a whole. */
  sha256: string | null
  complete: boolean
}

/** Longest wait for the next piece of a file, or for somebody to take it. */
export const stallMsMax = 30_000
