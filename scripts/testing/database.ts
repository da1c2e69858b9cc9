// For `.db.test.ts` files: where the database is that was made for this file alone.

export type TestDatabase = {
  /** The application's own login, bound by row level security; also in `DATABASE_URL`. */
  url: string
  /** A superuser's login on the same database. */
  adminUrl: string
}

/** @throws Error in a file that is not a `.db.test.ts`, for which no database is made */
export function useDatabase(): TestDatabase {
  const { DATABASE_URL: url, BEHALF_TEST_DATABASE_ADMIN_URL: adminUrl } = process.env
  if (!url || !adminUrl) throw new Error('only files named *.db.test.ts get a database')
  return { url, adminUrl }
}
