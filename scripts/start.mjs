// `npm start` and `npm run dev`: installs what is missing, then runs the supervisor under Node 24.
import { become } from './install.mjs'

await become('scripts/serve.ts')
