/** Who asks: a person with a session, or a machine with a key. */
export interface Principal {
  readonly kind: 'user' | 'key';
  readonly id: string;
  /** Login name or key name: what history and audit show. */
  readonly name: string;
  readonly role: Role;
  /** Sees this region and what lies in it (a code's prefix is its parent); null: no region, only `clinicCode`. */
  readonly regionCode: string | null;
  /** Bound to one clinic. */
  readonly clinicCode: string | null;
  /** Bound to one camera. */
  readonly cameraId: string | null;
}

/**
 * People: admin (set-up, users, keys; no review) · supervisor (reviews alerts, decides) · investigator (reads) ·
 * integrator (devices, no patient) · clinic (its own).
 * Machines: his (a clinic's claims) · mirror (a region's claims) · camera (a camera's captures) · clearing (a region's month).
 */
export const ROLES = [
  'admin',
  'supervisor',
  'investigator',
  'integrator',
  'clinic',
  'his',
  'mirror',
  'camera',
  'clearing',
] as const;
export type Role = (typeof ROLES)[number];

export const RIGHTS = [
  'alerts.read',
  'alerts.act',
  'claims.submit',
  'claims.read',
  'claims.map',
  'clinics.read',
  'people.read',
  'people.unmask',
  'people.write',
  'proxies.write',
  'filings.write',
  'devices.read',
  'devices.write',
  'presence.write',
  'decisions.read',
  'decisions.act',
  'clearing.read',
  'clearing.act',
  'faces.read',
  'faces.search',
  'portraits.resolve',
  'webhooks.manage',
  'rules.read',
  'rules.write',
  'rules.approve',
  'models.read',
  'models.write',
  'models.approve',
  'access.manage',
  'audit.read',
] as const;
export type Right = (typeof RIGHTS)[number];

/** What a list query needs to stay inside the caller's region. Both null never happens. */
export interface Scope {
  readonly regionPrefix: string | null;
  readonly clinicCode: string | null;
}
