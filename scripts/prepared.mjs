// `node scripts/prepared.mjs FILE …`: installs what is missing, makes the database client, then runs FILE under Node 24:
// for what imports the product from its first line, so that it works in a fresh clone too.
import { become, findNode24, install, run } from './install.mjs'

// What is left are FILE's own arguments.
const [script = ''] = process.argv.splice(2, 1)
await install()
await run((await findNode24()) ?? process.execPath, ['scripts/generate.ts'])
await become(script)
