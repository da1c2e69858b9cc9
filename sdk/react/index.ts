export { BehalfConnect, type BehalfConnectProps, useBehalfConnect } from './behalf-connect.tsx'
