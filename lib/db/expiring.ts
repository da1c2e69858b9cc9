/**
 * Rows that wait for a decision until their time is over may be over without anybody having marked them yet: who asks
 * for those of a status is answered as if they were.
 * @param status `undefined` for whichever
 */
export function whereStatus(status: string | undefined) {
  if (status === undefined) return {}
  const over = { status: { in: ['pending', 'approved'] }, expires_at: { lte: new Date() } }
  return status === 'expired' ? { OR: [{ status }, over] } : { status, NOT: over }
}
