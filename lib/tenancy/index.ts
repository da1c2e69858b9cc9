export { assetBytesMax, keepAssetIn, loadAsset, prepareAsset } from './branding/assets.ts'
export { colourTokens as colourNames } from './branding/palette.ts'
export { type PortalTheme, palettesBefore } from './branding/portal-theme.ts'
export {
  discardDraftIn,
  draftTheme,
  getBranding,
  getBrandingIn,
  publishDraftIn,
  publishedTheme,
  publishSimpleIn,
  rollbackIn,
  saveDraftIn,
} from './branding/store.ts'
export { overridableTexts } from './branding/texts.ts'
export { connectorListOf, inListOrder, setConnectorListIn } from './connector-list.ts'
export { originAt } from './domains/hostname.ts'
export {
  addDomainIn,
  checkDomain,
  type DomainTurn,
  domainLimits,
  dueDomains,
  getDomain,
  listDomains,
  makePrimaryIn,
  portalOrigin,
  removeDomainIn,
  verifiedDomain,
} from './domains/store.ts'
export { exportOrg } from './export.ts'
export { admitOriginsIn, changeOrgIn, ensureOrg, getOrg, getOrgIn, listOrgs } from './orgs.ts'
export {
  allTenants,
  deploymentTenant,
  resolveAccount,
  resolveObject,
  resolveTenant,
  tenantFrom,
  tenantOrDeployment,
} from './tenant.ts'
