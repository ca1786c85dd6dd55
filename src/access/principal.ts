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
  /** 工号 of the person behind the account, who may have several; null for a machine. */
  readonly personNo: string | null;
}

/**
 * People: three administrators who are never one person: admin 系统管理员 (set-up, makes accounts) · security 安全员 (lets
 * accounts in, ends sessions) · auditor 审计员 (reads the trail); none of them reviews. The bureau: first_reviewer 初审员 ·
 * second_reviewer 复审员 · supervisor 监管人员 (both in a small bureau, never on one alert; leads the queue) · investigator 稽核人员
 * (checks on the spot, cases) · legal 法制审核员 · director 局负责人 (determines) · payments 经办 (handles, recovers) ·
 * observer 纪检观察 (reads). Around it: township 乡镇医保服务中心 · integrator 集成商 (devices, no patient) · clinic 定点机构 (its own).
 * Machines: his (a clinic's claims) · mirror (a region's claims) · camera (a camera's captures) · clearing (a region's month).
 */
export const ROLES = [
  'admin',
  'security',
  'auditor',
  'supervisor',
  'first_reviewer',
  'second_reviewer',
  'investigator',
  'legal',
  'director',
  'payments',
  'observer',
  'township',
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
  /** First review: take, exclude, ask the clinic; and what waits in the queue. */
  'alerts.first',
  'alerts.second',
  'alerts.verify',
  'alerts.determine',
  'alerts.handle',
  'alerts.explain',
  /** Give others work, escalate, reopen what was closed. */
  'alerts.direct',
  'cases.read',
  'cases.write',
  'cases.legal',
  'cases.decide',
  'claims.submit',
  'claims.read',
  'claims.map',
  'clinics.read',
  'clinics.write',
  'people.read',
  'people.unmask',
  'people.write',
  'proxies.write',
  'exemptions.write',
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
  'reports.read',
  'webhooks.manage',
  'rules.read',
  'rules.write',
  'rules.approve',
  'models.read',
  'models.write',
  'models.approve',
  'settings.write',
  'accounts.read',
  'accounts.write',
  'accounts.approve',
  'sessions.revoke',
  'audit.read',
] as const;
export type Right = (typeof RIGHTS)[number];

/** What a list query needs to stay inside the caller's region. Both null never happens. */
export interface Scope {
  readonly regionPrefix: string | null;
  readonly clinicCode: string | null;
}
