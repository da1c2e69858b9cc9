// `npm test`: installs what is missing, then runs every test under Node 24.
import { become } from './install.mjs'

await become('scripts/test.ts')
