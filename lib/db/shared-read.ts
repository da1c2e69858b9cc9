/**
 * Shares one read among callers that ask for the same thing at the same time. No answer is older than its question:
 * whoever asks while a read is under way gets the one that begins after it.
 */
export function sharedRead<Result>(read: (key: string) => Promise<Result>): (key: string) => Promise<Result> {
  const reads = new Map<string, { running: Promise<unknown>; next: Promise<Result> | null }>()

  function begin(key: string): Promise<Result> {
    const started = read(key)
    const entry = { running: started.catch(() => undefined), next: null as Promise<Result> | null }
    reads.set(key, entry)
    void entry.running.then(() => {
      if (entry.next === null) reads.delete(key)
    })
    return started
  }

  return (key) => {
    const entry = reads.get(key)
    if (!entry) return begin(key)
    entry.next ??= entry.running.then(() => begin(key))
    return entry.next
  }
}
