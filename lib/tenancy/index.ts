export { exportOrg } from './export.ts'
export { admitOriginsIn, changeOrgIn, ensureOrg, getOrg, getOrgIn, listOrgs } from './orgs.ts'
export {
  allTenants,
  deploymentTenant,
  resolveObject,
  resolveTenant,
  tenantFrom,
  tenantOrDeployment,
} from './tenant.ts'
