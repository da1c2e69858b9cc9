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

/**
 * Puts what callers ask at the same time into one read. No answer is older than its question: whoever asks while a read is
 * under way is asked for with the next.
 * @param read answers its questions in their order; what it throws all of them are told
 */
export function readTogether<Question, Answer>(
  read: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer | undefined> {
  type Waiting = { question: Question; done: (answer?: Answer) => void; failed: (reason: unknown) => void }
  let waiting: Waiting[] = []
  let running = false

  async function begin(): Promise<void> {
    const asked = waiting
    waiting = []
    try {
      const answers = await read(asked.map(({ question }) => question))
      for (const [at, { done }] of asked.entries()) done(answers[at])
    } catch (reason) {
      for (const { failed } of asked) failed(reason)
    }
    running = waiting.length > 0
    if (running) void begin()
  }

  return (question) =>
    new Promise((done, failed) => {
      waiting.push({ question, done, failed })
      if (running) return
      running = true
      // What is asked in the same turn of the loop goes together.
      setImmediate(begin)
    })
}
