/** What a message of the national interface tells. */
export const CLAIM_EVENT_KINDS = [
  'identity',
  'registration',
  'registration_cancel',
  'diagnosis',
  'fee_lines',
  'fee_cancel',
  'trial_settlement',
  'settlement',
  'settlement_reversal',
  'technical_reversal',
] as const;
export type ClaimEventKind = (typeof CLAIM_EVENT_KINDS)[number];
