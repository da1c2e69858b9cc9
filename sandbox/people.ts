export interface Person {
  id: string
  name: string
  email: string
}

/** The fixed practice users. There are no passwords: nothing here is anybody's. */
export const people: readonly Person[] = [
  { id: 'usr_ana', name: 'Ana Souza', email: 'ana@acme.test' },
  { id: 'usr_ben', name: 'Ben Okafor', email: 'ben@acme.test' },
  { id: 'usr_cleo', name: 'Cleo Martin', email: 'cleo@acme.test' },
]

/** Finds a practice user by id (`usr_ana`), short id (`ana`) or email; case does not matter. */
export function findPerson(reference: string): Person | undefined {
  const wanted = reference.trim().toLowerCase()
  return people.find((p) => p.id === wanted || p.id === `usr_${wanted}` || p.email === wanted)
}
