import type { ClinicTruth, ReceiptTruth, SettlementTruth } from '../feed/feed-line.ts';
import { isoSecond } from './city-time.ts';
import type { FraudPlan } from './fraud-plan.ts';
import type { Clinic } from './geography.ts';
import type { Visit } from './visit.ts';

export const settlementTruth = (visit: Visit): SettlementTruth => ({
  row: 'settlement',
  setl_id: visit.ids.setlId,
  clinic: visit.clinic.code,
  at: isoSecond(visit.settleAt),
  kind: visit.scheme === null ? 'honest' : 'fraud',
  scheme: visit.scheme,
  concentrated: visit.concentrated,
  came: visit.came,
  reversed: visit.reversal !== null,
  loss_fen: visit.lossFen,
});

export const receiptTruth = (clinic: Clinic, at: number, concentrated: boolean, lossFen: number): ReceiptTruth => ({
  row: 'receipt',
  clinic: clinic.code,
  at: isoSecond(at),
  kind: 'fraud',
  scheme: 'false_receipts',
  concentrated,
  loss_fen: lossFen,
});

/** Counts of one clinic, for its own row of the truth. */
export interface ClinicCounts {
  /** Since its fraud began; of an honest clinic, all. */
  settlements: number;
  /** Fraud at which nobody came who should have: ghosts, held cards, the dead. */
  ghosts: number;
}

export const clinicTruth = (clinic: Clinic, plan: FraudPlan, counts: ClinicCounts): ClinicTruth => ({
  row: 'clinic',
  clinic: clinic.code,
  ghostShare: counts.settlements > 0 ? Math.round((counts.ghosts / counts.settlements) * 10_000) / 10_000 : 0,
  fraudFrom: plan.from === null ? null : isoSecond(plan.from),
  mainScheme: plan.mainScheme,
});
