import { FRAUD_SCHEMES } from '../feed/feed-line.ts';

/** Schemes that only a drug ledger can see: `recallConcentratedVisible` leaves them out until it stands. */
export const DRUG_SCHEMES: ReadonlySet<string> = new Set([
  'phantom_drugs',
  'substitution',
  'trace_code_again',
  'false_receipts',
]);

const squash = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]+/g, '');

/** Other spellings of the schemes, as WORLD's table and everyday speech have them. */
const ALSO: Readonly<Record<string, string>> = {
  ghostvisit: 'ghost',
  ghosts: 'ghost',
  heldcard: 'held_cards',
  held: 'held_cards',
  staff: 'staff_swiping',
  staffswipe: 'staff_swiping',
  kin: 'impostor_kin',
  kinimpostor: 'impostor_kin',
  other: 'impostor_other',
  stranger: 'impostor_other',
  impostorstranger: 'impostor_other',
  otherimpostor: 'impostor_other',
  phantom: 'phantom_drugs',
  phantomdrug: 'phantom_drugs',
  drugsubstitution: 'substitution',
  tracecode: 'trace_code_again',
  traceagain: 'trace_code_again',
  tracecodereuse: 'trace_code_again',
  tracereuse: 'trace_code_again',
  dead: 'dead_or_inpatient',
  inpatient: 'dead_or_inpatient',
  deadinpatient: 'dead_or_inpatient',
  falsereceipt: 'false_receipts',
  receipts: 'false_receipts',
};
const KNOWN = new Map<string, string>([
  ...FRAUD_SCHEMES.map((scheme) => [squash(scheme), scheme] as const),
  ...Object.entries(ALSO),
]);

/** Our word for a scheme however it is written; one that is not known stays as it is. */
export const schemeOf = (word: string): string => KNOWN.get(squash(word)) ?? word;
