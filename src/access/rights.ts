import type { Right, Role } from './principal.ts';

/** Who may do what. Where, is the scope's business (scope.ts). An integrator never sees a patient; an admin never reviews. */
const RIGHTS_OF: Readonly<Record<Role, readonly Right[]>> = {
  admin: [
    'clinics.read',
    'people.read',
    'people.write',
    'claims.map',
    'devices.read',
    'devices.write',
    'webhooks.manage',
    'rules.read',
    'rules.write',
    'rules.approve',
    'models.read',
    'models.write',
    'models.approve',
    'access.manage',
    'audit.read',
  ],
  supervisor: [
    'alerts.read',
    'alerts.act',
    'claims.read',
    'clinics.read',
    'people.read',
    'people.unmask',
    'people.write',
    'proxies.write',
    'filings.write',
    'devices.read',
    'decisions.read',
    'decisions.act',
    'clearing.read',
    'clearing.act',
    'faces.read',
    'faces.search',
    'portraits.resolve',
    'rules.read',
    'rules.write',
    'rules.approve',
    'models.read',
    'models.write',
    'models.approve',
  ],
  investigator: [
    'alerts.read',
    'claims.read',
    'clinics.read',
    'people.read',
    'people.unmask',
    'devices.read',
    'decisions.read',
    'clearing.read',
    'faces.read',
    'faces.search',
    'rules.read',
  ],
  integrator: ['clinics.read', 'devices.read', 'devices.write'],
  clinic: [
    'alerts.read',
    'claims.read',
    'clinics.read',
    'people.read',
    'proxies.write',
    'filings.write',
    'devices.read',
    'decisions.read',
  ],
  his: ['claims.submit', 'clinics.read', 'proxies.write', 'filings.write', 'decisions.read'],
  mirror: ['claims.submit', 'clinics.read', 'people.write', 'proxies.write', 'filings.write', 'decisions.read'],
  camera: ['presence.write'],
  clearing: ['clearing.read', 'clearing.act', 'decisions.read'],
};

export const rightsOf = (role: Role): readonly Right[] => RIGHTS_OF[role];

export const hasRight = (role: Role, right: Right): boolean => RIGHTS_OF[role].includes(right);

/** Roles of people, who log in; the others are machines', which hold keys. */
export const USER_ROLES: readonly Role[] = ['admin', 'supervisor', 'investigator', 'integrator', 'clinic'];
export const KEY_ROLES: readonly Role[] = ['his', 'mirror', 'camera', 'clearing', 'integrator'];
