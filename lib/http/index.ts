export { clientAddress, isTrustedPeer } from './client-address.ts'
export { clientCertificate } from './client-certificate.ts'
export { type Contract, contract, type Method } from './contract.ts'
export { acceptsFile, fileOf } from './file-request.ts'
export { askedFor, servedAt } from './host.ts'
export { buildOpenApi, everywhere } from './openapi.ts'
export {
  cursorOf,
  idParam,
  openCursor,
  page,
  pageOf,
  pageQuery,
  sequenceShape,
  startAfter,
  uuidShape,
} from './page.ts'
export { json, sendPlain } from './plain.ts'
export { parse, parseJson, readBytes } from './read-request.ts'
export { type Handler, notFound, resource, route } from './route.ts'
export { traced } from './traced.ts'
