import type { ClinicRow } from '../../access/tables.ts';
import type { NodeValues } from '../../ledgers/claims/claim.ts';
import type { ClaimEventRow, FeeLineRow, SettlementRow } from '../../ledgers/claims/rows.ts';
import type { ProxyRow } from '../../people/tables.ts';
import type { Span } from '../intervals.ts';
import type { ClinicBrief } from '../store-rows.ts';
import type { ClinicRollRow, ClinicTrendRow, PeerStatsRow } from './tables.ts';

/** What the rules over weeks and months read and write, beside the rest of the room's store. Rows come in no order. */
export interface PeriodStore {
  clinicBrief(clinicCode: string): Promise<ClinicBrief | null>;
  /** All that a clinic's local day is rolled up from: its settlements with from <= at < to, and what belongs to them. */
  rollSource(options: { readonly clinicCode: string } & Span): Promise<RollSource>;
  /** A clinic's rolls with from <= day <= to (yyyy-mm-dd). */
  rolls(options: {
    readonly clinicCode: string;
    readonly from: string;
    readonly to: string;
  }): Promise<readonly ClinicRollRow[]>;
  /** Inserts or replaces. */
  putRoll(row: ClinicRollRow): Promise<void>;
  trendOf(clinicCode: string): Promise<ClinicTrendRow | null>;
  putTrend(row: ClinicTrendRow): Promise<void>;
  /** Of all clinics. */
  trends(): Promise<readonly ClinicTrendRow[]>;
  /** Of a scope the newest with day <= `until`; null: none. */
  peerStats(scope: string, until: string): Promise<PeerStatsRow | null>;
  putPeerStats(rows: readonly PeerStatsRow[]): Promise<void>;
  /**
   * Of these people those of whom at least `leastADay` settlements stand on a local day, or `leastInSpan` from the beginning
   * of its month to its end, whatever the clinic. May name more, never fewer of those whose settlements are rolled up.
   */
  busyPeople(options: {
    readonly psnNos: readonly string[];
    /** yyyy-mm-dd, local */
    readonly day: string;
    readonly ofDay: Span;
    readonly ofMonth: Span;
    readonly leastADay: number;
    readonly leastInSpan: number;
  }): Promise<readonly string[]>;
  /** Who ever named him a proxy. */
  principalsOf(proxyPsnNo: string): Promise<readonly ProxyOf[]>;
  /** Those of them who have a household. */
  householdsOf(psnNos: readonly string[]): Promise<readonly { readonly psn_no: string; readonly household: string }[]>;
}

export interface RollSource {
  readonly regionCode: ClinicRow['region_code'] | null;
  readonly settlements: readonly Pick<
    SettlementRow,
    | 'id'
    | 'at'
    | 'setl_id'
    | 'mdtrt_id'
    | 'psn_no'
    | 'med_type'
    | 'cert_type'
    | 'dev_no'
    | 'total_fen'
    | 'fund_fen'
    | 'reversed_at'
  >[];
  /** Diagnoses (2203) of their visits that the platform did not refuse, told within a day of the local day. */
  readonly diagnoses: readonly (Pick<ClaimEventRow, 'id' | 'at' | 'mdtrt_id'> & {
    readonly diseinfo: readonly NodeValues[];
  })[];
  /** Fee lines of their visits that stand, of the same days. */
  readonly lines: readonly Pick<FeeLineRow, 'mdtrt_id' | 'name' | 'doctor_code'>[];
  /** Ids of settlements at which a registered proxy was seen: head's verdict_reason `proxy_registered`. */
  readonly proxied: readonly string[];
  /** All proxies that people of `proxied` ever named. */
  readonly proxies: readonly Pick<ProxyRow, 'psn_no' | 'proxy_psn_no' | 'from_at' | 'to_at' | 'revoked_at'>[];
}

export type ProxyOf = Pick<ProxyRow, 'psn_no' | 'relation' | 'from_at' | 'to_at' | 'revoked_at'>;

/** Diagnoses and fee lines of a visit are looked for so far before and after the local day. */
export const ROLL_REACH_MS = 86_400_000;
