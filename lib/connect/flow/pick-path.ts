/** The address of the page on which a person picks what may be reached. */
export const pickPath = (sessionPublicId: string, asked: Record<string, string> = {}): string => {
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== '')).toString()
  return `/connect/${sessionPublicId}/resources${query && `?${query}`}`
}
