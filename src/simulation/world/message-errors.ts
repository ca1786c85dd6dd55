import type { CityParameters } from './parameters.ts';
import type { Draw } from './random.ts';

/** What a HIS gets wrong (DOMAIN.md 1.11). Patients have nothing to do with it. */
export type MessageError = Exclude<keyof CityParameters['messages']['errors'], 'noDiagnosis' | 'refundRow'>;

type Fields = Record<string, unknown>;
type Mutation = (request: Fields, response: Fields | null) => void;

const CLAIMS = new Set(['2201', '2203', '2204', '2206', '2207', '2208', '2601']);
const ALL_KINDS: readonly MessageError[] = [
  'keyTypo',
  'filledWithNone',
  'areaFourDigits',
  'areaSpelling',
  'compactTime',
];
const BY_INFNO: Readonly<Record<string, readonly MessageError[]>> = {
  '2201': ['doctorUnknown'],
  '2204': ['doctorUnknown', 'mappingError'],
  '3501': ['wrongNode'],
  '3502': ['wrongNode', 'randomListCode'],
  '3503': ['wrongNode'],
  '3505': ['wrongNode', 'pharmacistCertno'],
};

/** Which error befalls a message, if any. */
export function drawError(infno: string, parameters: CityParameters['messages'], draw: Draw): MessageError | null {
  let at = draw.unit();
  for (const errors of [ALL_KINDS, BY_INFNO[infno] ?? []]) {
    for (const error of errors) {
      at -= parameters.errors[error];
      if (at < 0) return error;
    }
  }
  return null;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const child = (fields: Fields, key: string): Fields | null => {
  const value = fields[key];
  if (Array.isArray(value)) return isFields(value[0]) ? value[0] : null;
  return isFields(value) ? value : null;
};

function rename(fields: Fields | null, from: string, to: string): boolean {
  if (!fields || !Object.hasOwn(fields, from)) return false;
  const entries = Object.entries(fields);
  for (const [key] of entries) delete fields[key];
  for (const [key, value] of entries) fields[key === from ? to : key] = value;
  return true;
}

const inputOf = (request: Fields): Fields => child(request, 'input') ?? {};
const firstNode = (request: Fields): Fields | null => {
  const input = inputOf(request);
  const [name] = Object.keys(input);
  return name === undefined ? null : child(input, name);
};

const TYPOS: readonly (readonly [string, string])[] = [
  ['psn_cash_pay', 'pdn_cash_pay'],
  ['bilg_dr_codg', 'bilg_dr_code'],
  ['fixmedins_hilist_id', 'fixmedins_hist_id'],
  ['prodentp_name', 'prdr_name'],
];

const MUTATIONS: Record<MessageError, (of: { readonly code: string; readonly number: number }) => Mutation> = {
  keyTypo: () => (request, response) => {
    const told = response && child(child(response, 'output') ?? {}, 'setlinfo');
    for (const [from, to] of TYPOS) if (rename(told, from, to) || rename(firstNode(request), from, to)) return;
  },
  filledWithNone: () => (request) => {
    request.dev_safe_info = '无';
    const node = firstNode(request);
    if (!node) return;
    for (const key of ['memo', 'main_cond_dscr', 'sin_dos_dscr', 'mdtrt_cert_no']) if (key in node) node[key] = '无';
  },
  areaFourDigits: () => (request) => {
    request.insuplc_admdvs = String(request.insuplc_admdvs).slice(0, 4);
  },
  areaSpelling: () => (request) => void rename(request, 'insuplc_admdvs', 'insuplc_admvs'),
  compactTime: () => (request) => {
    request.inf_time = String(request.inf_time).replaceAll(/\D/g, '');
  },
  doctorUnknown: () => (request) => {
    const node = firstNode(request);
    if (!node) return;
    for (const key of ['bilg_dr_codg', 'bilg_dr_name', 'atddr_no', 'dr_name']) if (key in node) node[key] = '未知';
  },
  mappingError:
    ({ code }) =>
    (request) => {
      const lines = inputOf(request).feedetail;
      const drug = Array.isArray(lines) ? lines.filter(isFields).at(-1) : undefined;
      if (drug) drug.med_list_codg = code;
    },
  pharmacistCertno:
    ({ number }) =>
    (request) => {
      const node = firstNode(request);
      if (node) node.certno = `41162419800101${String(1000 + (number % 9000))}`;
    },
  wrongNode: () => (request) => {
    const input = inputOf(request);
    const [name] = Object.keys(input);
    if (name !== undefined) rename(input, name, name === 'purcinfo' ? 'invinfo' : 'purcinfo');
  },
  randomListCode:
    ({ number }) =>
    (request) => {
      const node = firstNode(request);
      if (node) node.med_list_codg = `17${String(100_000_000 + number)}00000000`.slice(0, 19);
    },
};

/**
 * A feed line with an error in its message. `code`: another drug's, for a wrong mapping; `number`: anything, for numbers
 * that are made up.
 */
export function withError(
  line: string,
  error: MessageError,
  of: { readonly code: string; readonly number: number },
): string {
  const parsed: unknown = JSON.parse(line);
  if (!isFields(parsed)) return line;
  const request = child(parsed, 'request');
  if (request) MUTATIONS[error](of)(request, child(parsed, 'response'));
  return JSON.stringify(parsed);
}

export const isClaim = (infno: string): boolean => CLAIMS.has(infno);
